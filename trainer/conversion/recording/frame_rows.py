"""Read the columns of a table by place or name, row by row, or reduced to one value for a row."""

from typing import Any

import numpy as np

from trainer.conversion.expressions import expression as ex
from trainer.conversion.expressions.refusal import UnrecordedError
from trainer.conversion.recording.array_proxy import Array
from trainer.conversion.recording.elementwise import fill_missing, is_missing
from trainer.conversion.recording.proxy import Proxy, require_none
from trainer.conversion.recording.series_proxy import Series
from trainer.conversion.recording.ufunc_calls import to_node

_PAIR = 2
_FILL = {"sum": 0.0, "mean": 0.0, "prod": 1.0, "any": 0.0, "all": 1.0}


class Row:
    """Represents one row in a function of `apply(…, axis=1)`: each value is a whole column."""

    def __init__(self, frame: Any) -> None:
        self._frame = frame

    def __getitem__(self, key: Any) -> Any:
        """Return a column."""
        return self._frame[key]

    def __getattr__(self, name: str) -> Any:
        """Return a column."""
        if name not in self._frame:
            raise UnrecordedError(f"`.{name}` of a row")
        return self._frame[name]


class Indexer:
    """Represents `.loc` and `.iloc`."""

    def __init__(self, frame: Any, *, by_name: bool) -> None:
        self._frame = frame
        self._by_name = by_name

    def __getitem__(self, key: Any) -> Any:
        """Return a column or several."""
        rows, columns = _split(key)
        if not (isinstance(rows, slice) and rows == slice(None)):
            raise UnrecordedError("a selection of rows")
        return self._frame[self._find(columns)]

    def __setitem__(self, key: Any, value: Any) -> None:
        """Change columns, or where a condition is true."""
        rows, columns = _split(key)
        found = self._find(columns)
        if isinstance(rows, slice) and rows == slice(None):
            self._frame[found] = value
            return
        if not isinstance(rows, Proxy):
            raise UnrecordedError("an assignment to single rows")
        for name in found if isinstance(found, list) else [found]:
            old = self._frame[name].node if name in self._frame else ex.constant(np.nan)
            self._frame[name] = Series(ex.choose(rows.node, to_node(value), old))

    def _find(self, columns: Any) -> Any:
        """Return the name of one column, or a list."""
        names = self._frame.columns
        if isinstance(columns, Proxy):
            raise UnrecordedError("a selection of columns by their values")
        if not self._by_name:
            found = names[columns]
            return list(found) if isinstance(columns, slice | list | np.ndarray) else found
        if isinstance(columns, slice):
            return list(names[names.slice_indexer(columns.start, columns.stop, columns.step)])
        return list(columns) if isinstance(columns, list | np.ndarray) else columns


def reduce_rows(
    rows: Proxy, name: str, axis: Any = None, *, skipna: bool = True, **more: Any
) -> Series:
    """Reduce each row to one value as pandas does, which leaves out missing values."""
    require_none(name, **{k: v for k, v in more.items() if k != "numeric_only"})
    if axis not in (1, "columns"):
        raise UnrecordedError(f"`{name}` over all rows (`axis=1` takes that of each row)")
    node = rows.node
    if not skipna or node.dtype.kind != "f":
        return Series(getattr(Array(node.columns), name)(axis=1).node)
    if name in {"min", "max"}:
        ufunc = np.fmin if name == "min" else np.fmax
        return Series(ex.fold(ufunc, node.columns))
    filled = Array(fill_missing(node, _FILL[name]).columns)
    if name != "mean":
        return Series(getattr(filled, name)(axis=1).node)
    is_known = ex.apply(np.logical_not, is_missing(node))
    count = Array(is_known.columns).sum(axis=1)
    return Series((filled.sum(axis=1) / count).node)


def _split(key: Any) -> tuple[Any, Any]:
    if isinstance(key, tuple) and len(key) == _PAIR:
        return key
    return key, slice(None)
