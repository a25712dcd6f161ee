"""Find the estimators inside of a fitted one."""

from collections.abc import Iterator
from typing import Any

import numpy as np


def find_estimators(value: Any, seen: set[int] | None = None) -> Iterator[Any]:
    """Find a fitted estimator and all objects of scikit-learn inside it, each once."""
    seen = set() if seen is None else seen
    if isinstance(value, np.ndarray | list | tuple | dict):
        is_object = not isinstance(value, np.ndarray) or value.dtype.kind == "O"
        for inner in (value.values() if isinstance(value, dict) else value) if is_object else ():
            yield from find_estimators(inner, seen)
    elif id(value) not in seen and (
        hasattr(value, "get_params") or type(value).__module__.startswith("sklearn.")
    ):
        seen.add(id(value))
        yield value
        for inner in getattr(value, "__dict__", {}).values():
            yield from find_estimators(inner, seen)
