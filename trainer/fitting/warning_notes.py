"""Show each warning of scikit-learn once in a run, as a note."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from trainer.candidates.estimator_text import describe_error
from trainer.console import Console

USER_WARNINGS = (UserWarning, RuntimeWarning, FutureWarning)
"""Warnings about data and settings. All others are for the authors of libraries."""


@contextmanager
def note_warnings(console: Console) -> Iterator[None]:
    """Write the warnings of the block as notes, each one once; do not write any others."""

    def show(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
        if issubclass(category, USER_WARNINGS):
            error = message if isinstance(message, Warning) else category(message)
            console.line_once(f"note: {describe_error(error)}")

    with warnings.catch_warnings():
        warnings.showwarning = show
        yield
