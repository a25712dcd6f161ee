"""Record what a function of the user does with rows."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from trainer.conversion.recording import numpy_functions  # noqa: F401 - it fills what is recorded
from trainer.conversion.recording.array_stand_in import Array
from trainer.conversion.expressions.expression import Node
from trainer.conversion.recording.forbidden_calls import forbidden_calls
from trainer.conversion.recording.frame_stand_in import Frame
from trainer.conversion.expressions.refusal import UnrecordedError
from trainer.conversion.recording.replaced_functions import replaced_functions
from trainer.conversion.recording.series_stand_in import Series


@dataclass(frozen=True)
class Recording:
    """The result of a function."""

    columns: list[Node]
    names: list[Any] | None
    """The names of the columns if the result is a table."""


def record(
    function: Callable[[Any], Any],
    columns: Sequence[Node],
    names: Sequence[str] | None,
    *,
    is_flat: bool = False,
) -> Recording:
    """Call *function* once with a stand-in for the rows: a table if there are *names*.

    Raises UnrecordedError for what has no counterpart in ONNX, and the errors of the function.
    """
    rows: Any = Array(columns, is_flat=is_flat)
    if names is not None:
        rows = Frame(dict(zip(names, columns, strict=True)))
        rows = Series(columns[0], names[0]) if is_flat else rows
    with warnings.catch_warnings(), replaced_functions(), forbidden_calls():
        warnings.simplefilter("ignore")
        result = function(rows)
    if type(result) is Frame:
        return Recording([result[name].node for name in result], list(result))
    if type(result) is Series:
        return Recording([result.node], None)
    if type(result) is not Array:
        raise UnrecordedError(f"a result of the type {type(result).__name__}")
    return Recording(result.columns_, None)
