"""Record what a function of the user does with rows."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from trainer.conversion.expressions.expression import Node, are_equal
from trainer.conversion.expressions.refusal import UnrecordedError
from trainer.conversion.recording import numpy_functions  # noqa: F401 - it fills what is recorded
from trainer.conversion.recording.array_proxy import Array
from trainer.conversion.recording.forbidden_calls import forbidden_calls
from trainer.conversion.recording.frame_proxy import Frame
from trainer.conversion.recording.replaced_functions import replaced_functions
from trainer.conversion.recording.series_proxy import Series


@dataclass(frozen=True)
class Recording:
    """The result of a function."""

    columns: list[Node]
    names: list[Any] | None
    """The names of the columns if the result is a table."""
    refused: list[Node]
    """Each is true for rows on which the function raises an error."""


def record(
    function: Callable[[Any], Any],
    columns: Sequence[Node],
    names: Sequence[str] | None,
    *,
    is_flat: bool = False,
) -> Recording:
    """Call *function* with a proxy for the rows: a table if there are *names*.

    It is called twice, so that chance and counters are found.
    Raises UnrecordedError for what has no counterpart in ONNX, and the errors of the function.
    """
    first, second = (_record_once(function, columns, names, is_flat=is_flat) for _ in range(2))
    seen = set[tuple[Node, Node]]()
    ours, others = (each.columns + each.refused for each in (first, second))
    if not (
        first.names == second.names
        and len(ours) == len(others)
        and all(are_equal(*pair, seen) for pair in zip(ours, others, strict=True))
    ):
        raise UnrecordedError("values that change from call to call, such as chance or a counter")
    return first


def _record_once(
    function: Callable[[Any], Any],
    columns: Sequence[Node],
    names: Sequence[str] | None,
    *,
    is_flat: bool,
) -> Recording:
    rows: Any = Array(columns, is_flat=is_flat)
    if names is not None:
        rows = Frame(dict(zip(names, columns, strict=True)))
        rows = Series(columns[0], names[0]) if is_flat else rows
    with warnings.catch_warnings(), replaced_functions() as dates, forbidden_calls():
        warnings.simplefilter("ignore")
        result = function(rows)
    if type(result) is Frame:
        names = list(result.columns)
        return Recording([result[name].node for name in names], names, dates.refused)
    if type(result) is Series:
        return Recording([result.node], None, dates.refused)
    if type(result) is not Array:
        raise UnrecordedError(f"a result of the type {type(result).__name__}")
    return Recording(result.columns_, None, dates.refused)
