"""Represent a DataFrame of pandas while a function is recorded."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from trainer.conversion.expressions import expression as ex
from trainer.conversion.expressions.expression import Node
from trainer.conversion.expressions.refusal import UnrecordedError
from trainer.conversion.recording.array_proxy import Array
from trainer.conversion.recording.elementwise import Elementwise, cast_node, fill_missing
from trainer.conversion.recording.frame_rows import Indexer, Row, reduce_rows
from trainer.conversion.recording.proxy import ROWS, Proxy, require_none
from trainer.conversion.recording.series_proxy import Series
from trainer.conversion.recording.ufunc_calls import record_ufunc, to_node

_REARRANGING = frozenset({
    "drop", "rename", "filter", "reindex", "add_prefix", "add_suffix",
})  # fmt: skip
_REDUCING = frozenset({
    "sum", "mean", "min", "max", "prod", "any", "all",
})  # fmt: skip


class Frame(Elementwise):
    """A table: columns by name."""

    _replaced = pd.DataFrame
    _columns: dict[Any, Node]

    def __init__(self, columns: Mapping[Any, Node]) -> None:
        object.__setattr__(self, "_columns", dict(columns))

    @property
    def node(self) -> Node:
        """All columns as one tensor."""
        return self.to_numpy().node

    @property
    def is_flat(self) -> bool:
        """Whether the shape is [n]."""
        return False

    @property
    def columns(self) -> Any:
        """The names."""
        return pd.Index(list(self._columns))

    def __setattr__(self, name: str, value: Any) -> None:
        """Rename the columns, or change one."""
        if name == "columns":
            columns = dict(zip(value, self._columns.values(), strict=True))
            object.__setattr__(self, "_columns", columns)
        elif name in self._columns:
            self[name] = value
        else:
            raise UnrecordedError(f"an assignment to `.{name}`")

    @property
    def shape(self) -> tuple[Any, int]:
        """The shape, with a proxy for the number of rows."""
        return (ROWS, len(self._columns))

    index, ndim = ROWS, 2

    @property
    def values(self) -> Array:
        """The columns as an array."""
        return Array(list(self._columns.values()))

    def to_numpy(self, dtype: Any = None, **more: Any) -> Array:
        """Return the columns as an array."""
        require_none("to_numpy", **{k: v for k, v in more.items() if k != "copy"})
        return self.values if dtype is None else self.values.astype(dtype)

    def __array_ufunc__(self, ufunc: np.ufunc, method: Any, *inputs: Any, **more: Any) -> Any:
        """Record a ufunc, as numpy calls this method."""
        (out,) = more.pop("out", (None,))
        frames = [value for value in inputs if type(value) is Frame]
        if any(list(frame._columns) != list(frames[0]._columns) for frame in frames):  # noqa: SLF001 - of the same class
            raise UnrecordedError(f"`{ufunc.__name__}` of tables with different columns")
        node, _ = record_ufunc(ufunc, method, tuple(map(frames[0]._align, inputs)), more)  # noqa: SLF001 - as above
        result = dict(zip(frames[0]._columns, node.columns, strict=True))  # noqa: SLF001 - as above
        if out is self:
            object.__setattr__(self, "_columns", result)
            return self
        require_none(ufunc.__name__, out=out)
        return Frame(result)

    def __iter__(self) -> Iterator[Any]:
        """Yield the names."""
        return iter(self._columns)

    def __contains__(self, name: Any) -> bool:
        """Return whether there is a column."""
        return name in self._columns

    def __getattr__(self, name: str) -> Any:
        """Return a column, or what rearranges or reduces columns."""
        if name in _REARRANGING:
            return lambda *args, **more: self._rearrange(name, args, more)
        if name in _REDUCING:
            return lambda *args, **more: reduce_rows(self, name, *args, **more)
        columns = object.__getattribute__(self, "_columns")
        if name in columns and not hasattr(pd.DataFrame, name):
            return self[name]
        return super().__getattr__(name)

    def __getitem__(self, key: Any) -> Any:
        """Return a column or several."""
        if isinstance(key, Proxy | slice):
            raise UnrecordedError("a selection of rows")
        if isinstance(key, list | np.ndarray | pd.Index):
            return Frame({name: self._columns[name] for name in key})
        return Series(self._columns[key], key)

    def __setitem__(self, key: Any, value: Any) -> None:
        """Change or add a column or several."""
        names = list(key) if isinstance(key, list | pd.Index) else [key]
        node = to_node(value)
        if node.width not in (1, len(names)):
            raise UnrecordedError(f"an assignment of {node.width} values to {names}")
        for index, name in enumerate(names):
            self._columns[name] = node.column(index)

    def get(self, key: Any, default: Any = None) -> Any:
        """Return a column if there is one."""
        return self[key] if key in self._columns else default

    def pop(self, key: Any) -> Any:
        """Remove a column and return it."""
        return Series(self._columns.pop(key), key)

    def insert(self, loc: int, column: Any, value: Any) -> None:
        """Add a column at a place."""
        items = list(self._columns.items())
        items.insert(loc, (column, to_node(value)))
        object.__setattr__(self, "_columns", dict(items))

    def items(self) -> Iterator[tuple[Any, Series]]:
        """Yield names and columns."""
        return ((name, self[name]) for name in list(self._columns))

    def assign(self, **columns: Any) -> Any:
        """Return the table with more columns."""
        result = self.copy()
        for name, value in columns.items():
            result[name] = value(result) if callable(value) else value
        return result

    def select_dtypes(self, include: Any = None, exclude: Any = None) -> Any:
        """Return the columns of some types."""
        empty = {name: pd.Series([], dtype=node.dtype) for name, node in self._columns.items()}
        return self[list(pd.DataFrame(empty).select_dtypes(include, exclude).columns)]

    def fillna(self, value: Any) -> Any:
        """Return the values without missing ones."""
        return self._by_name(fill_missing, value)

    def astype(self, dtype: Any, **_: Any) -> Any:
        """Return the values in another type."""
        return self._by_name(cast_node, dtype)

    def apply(self, function: Callable[..., Any], axis: Any = 0, **more: Any) -> Any:
        """Return the results of a function of each column, or of each row."""
        require_none("apply", **more)
        if axis in (1, "columns"):
            return function(Row(self))
        results = {name: function(self[name]) for name in self._columns}
        if any(type(result) is not Series for result in results.values()):
            raise UnrecordedError("`apply` of a function that does not return columns")
        return Frame({name: result.node for name, result in results.items()})

    @property
    def loc(self) -> Indexer:
        """The columns by name."""
        return Indexer(self, by_name=True)

    @property
    def iloc(self) -> Indexer:
        """The columns by place."""
        return Indexer(self, by_name=False)

    def _rearrange(self, method: str, args: Any, more: dict[str, Any]) -> Any:
        """Let pandas rearrange one row that holds the places of the columns."""
        places = pd.DataFrame([range(len(self._columns))], columns=list(self._columns))
        found = getattr(places, method)(*args, **more)
        if found is None:  # inplace=True
            found = places
        nodes = list(self._columns.values())
        if found.shape[0] != 1 or found.isna().any(axis=None):
            raise UnrecordedError(f"`.{method}` of rows, or of columns that do not exist")
        columns = {name: nodes[int(place)] for name, place in found.iloc[0].items()}
        if more.get("inplace"):
            object.__setattr__(self, "_columns", columns)
            return None
        return Frame(columns)

    def _by_name(self, function: Callable[[Node, Any], Node], value: Any) -> Any:
        if isinstance(value, pd.Series) and not isinstance(value, Proxy):
            value = value.to_dict()
        if not isinstance(value, Mapping):
            return self._map(lambda node: function(node, value))
        return Frame(
            {
                name: function(node, value[name]) if name in value else node
                for name, node in self._columns.items()
            }
        )

    def _map(self, function: Callable[[Node], Node]) -> Any:
        """Change all columns of one type together, and each column of strings by itself."""
        strings = [name for name, node in self._columns.items() if node.dtype == ex.STRING]
        results = {name: function(self._columns[name]) for name in strings}
        for dtype in {node.dtype for node in self._columns.values()} - {ex.STRING}:
            names = [name for name, node in self._columns.items() if node.dtype == dtype]
            node = function(ex.join([self._columns[name] for name in names]))
            results |= dict(zip(names, node.columns, strict=True))
        return Frame({name: results[name] for name in self._columns})

    def _align(self, value: Any) -> Any:
        """Return a constant Series by the names of the columns, as pandas aligns it."""
        if not isinstance(value, pd.Series) or isinstance(value, Proxy):
            return value
        if set(value.index) != set(self._columns):
            raise UnrecordedError("a constant Series with other names than the columns")
        return value.reindex(list(self._columns)).to_numpy()

    def _operate(self, ufunc: np.ufunc, first: Any, second: Any, axis: Any) -> Any:
        """Combine with a column if the axis is that of rows."""
        pair = [first, second]
        for index, value in enumerate(pair):
            if type(value) is Series and axis in (0, "index"):
                pair[index] = value.to_numpy().reshape(-1, 1)
        return ufunc(*pair)


Series.make_frame = Frame
