"""Represent an array of numpy while a function is recorded: [n, width] or [n]."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from trainer.conversion.expressions import expression as ex
from trainer.conversion.expressions.expression import Node
from trainer.conversion.expressions.refusal import UnrecordedError
from trainer.conversion.recording.proxy import ROWS, Proxy, require_none
from trainer.conversion.recording.row_reductions import RowReductions
from trainer.conversion.recording.ufunc_calls import record_ufunc, to_node

_PAIR = 2


class Memory:
    """The number of changes, which an array shares with its views."""

    changes = 0


class Array(RowReductions):
    """An array of columns.

    A view knows its array. A change of one is seen by the other; every third view would have to
    be followed too, so its later use is refused.
    """

    _replaced = np.ndarray

    def __init__(
        self,
        columns: Sequence[Node],
        *,
        is_flat: bool = False,
        view_of: "tuple[Array, list[int]] | None" = None,
    ) -> None:
        self._columns = list(columns)
        self._is_flat = is_flat
        self._view_of = view_of
        self._memory: Memory = view_of[0]._memory if view_of else Memory()  # noqa: SLF001 - of the same class
        self._changes = self._memory.changes

    @property
    def columns_(self) -> list[Node]:
        """The columns; refused if another view has changed them."""
        if self._changes != self._memory.changes:
            raise UnrecordedError("an array after a change of another view (use `.copy()`)")
        return self._columns

    @property
    def node(self) -> Node:
        """All columns as one tensor, in the type that numpy gives them."""
        types = {column.dtype for column in self.columns_}
        if len(types) == 1:
            return ex.join(self.columns_)
        if ex.STRING in types:
            raise UnrecordedError("an array of numbers and strings")
        dtype = np.result_type(*types)
        return ex.join([ex.cast(column, dtype) for column in self.columns_])

    @property
    def is_flat(self) -> bool:
        """Whether the shape is [n]."""
        return self._is_flat

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return 1 if self.is_flat else _PAIR

    @property
    def shape(self) -> tuple[Any, ...]:
        """The shape, with a proxy for the number of rows."""
        return (ROWS,) if self.is_flat else (ROWS, len(self.columns_))

    @property
    def dtype(self) -> Any:
        """The type of the values."""
        return np.result_type(*{column.dtype for column in self.columns_})

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """Record a ufunc, as numpy calls this method."""
        (out,) = kwargs.pop("out", (None,))
        node, is_flat = record_ufunc(ufunc, method, inputs, kwargs)
        if out is None:
            return Array(node.columns, is_flat=is_flat)
        if type(out) is not Array or out.is_flat != is_flat or out.node.width != node.width:
            raise UnrecordedError(f"`{ufunc.__name__}` with the argument `out`")
        out._store(ex.cast(node, out.dtype).columns)  # noqa: SLF001 - of the same class: `a += 1`
        return out

    def _store(self, columns: list[Node]) -> None:
        array, changed = self, [self]
        self._columns = columns
        while array._view_of is not None:
            parent, places = array._view_of
            for place, column in zip(places, array._columns, strict=True):
                parent._columns[place] = column  # noqa: SLF001 - as above
            array = parent
            changed.append(array)
        self._memory.changes += 1
        for each in changed:
            each._changes = self._memory.changes  # noqa: SLF001 - as above

    def __getitem__(self, key: Any) -> Any:
        """Return columns: a view for a slice or a number, a copy for a list, as numpy does."""
        if self.is_flat:
            if _is_new_axis(key):
                return Array(self.columns_, view_of=(self, [0]))
            key = (key,) if not isinstance(key, tuple) else key
            _require_all_rows(key[0])
            return Array(self.columns_, is_flat=True, view_of=(self, [0]))
        places, is_flat, is_view = self._find(key)
        chosen = [self.columns_[place] for place in places]
        return Array(chosen, is_flat=is_flat, view_of=(self, places) if is_view else None)

    def __setitem__(self, key: Any, value: Any) -> None:
        """Change columns in place."""
        if isinstance(key, Array):
            self._set_where(key, value)
            return
        places, _, _ = ([0], True, True) if self.is_flat else self._find(key)
        if self.is_flat:
            _require_all_rows(key)
        node = as_array(value).node
        columns = self.columns_[:]
        for index, place in enumerate(places):
            new = node.column(index if node.width > 1 else 0)
            columns[place] = ex.cast(new, columns[place].dtype)
        self._store(columns)

    def _set_where(self, condition: "Array", value: Any) -> None:
        if isinstance(value, Proxy):
            raise UnrecordedError("an assignment of values to chosen rows (use `np.where`)")
        node, new = condition.node, ex.constant(value)
        self._store(
            [
                ex.choose(node.column(index if node.width > 1 else 0), new, column)
                for index, column in enumerate(self.columns_)
            ]
        )

    def _find(self, key: Any) -> tuple[list[int], bool, bool]:
        """Return the places of columns, whether the result is flat, and whether it is a view."""
        rows, columns = key if isinstance(key, tuple) and len(key) == _PAIR else (key, slice(None))
        _require_all_rows(rows)
        every = list(range(len(self.columns_)))
        if isinstance(columns, slice):
            return every[columns], False, True
        if isinstance(columns, int | np.integer):
            return [every[int(columns)]], True, True
        if isinstance(columns, list | np.ndarray | range):
            return np.array(every)[np.asarray(columns)].tolist(), False, False
        raise UnrecordedError("a selection of rows")

    def reshape(self, *shape: Any, **more: Any) -> Any:
        """Return the array as one column, or flat."""
        require_none("reshape", **more)
        if len(shape) == 1 and isinstance(shape[0], tuple | list):
            (shape,) = shape
        sizes = [-1 if size is ROWS else size for size in shape]
        if len(self.columns_) == 1 and sizes in ([-1], [-1, 1]):
            return Array(self.columns_, is_flat=sizes == [-1], view_of=(self, [0]))
        if sizes == [-1, len(self.columns_)]:
            return self
        raise UnrecordedError(f"`reshape` to {shape}")

    def ravel(self) -> Any:
        """Return one column as a flat array."""
        return self.reshape(-1)

    flatten = squeeze = ravel

    def copy(self, *_: Any, **__: Any) -> "Array":
        """Return an array that shares nothing."""
        return Array(self.columns_, is_flat=self.is_flat)

    def astype(self, dtype: Any, **_: Any) -> "Array":
        """Return the values in another type."""
        return self._like(ex.cast(self.node, dtype))

    def clip(self, min: Any = None, max: Any = None, **more: Any) -> Any:  # noqa: A002 - numpy's
        """Return the values within limits."""
        require_none("clip", **more)
        result: Any = self
        if min is not None:
            result = np.maximum(result, min)
        return result if max is None else np.minimum(result, max)

    def round(self, decimals: int = 0, **more: Any) -> Any:
        """Return rounded values."""
        require_none("round", **more)
        if not decimals:
            return np.rint(self)
        scale = 10.0 ** abs(decimals)
        if decimals > 0:
            return np.rint(self * scale) / scale
        return np.rint(self / scale) * scale

    def _like(self, node: Node) -> "Array":
        return Array(node.columns, is_flat=self.is_flat)

    def _reduced(self, node: Node, *, is_flat: bool) -> "Array":
        return Array([node], is_flat=is_flat)


def as_array(value: Any) -> Array:
    """Return a proxy or a constant as an array."""
    if type(value) is Array:
        return value
    return Array(to_node(value).columns, is_flat=isinstance(value, Proxy) and value.is_flat)


def _is_new_axis(key: Any) -> bool:
    return isinstance(key, tuple) and len(key) == _PAIR and key[1] is None


def _require_all_rows(rows: Any) -> None:
    is_slice = isinstance(rows, slice) and rows == slice(None)
    if not is_slice and rows is not Ellipsis:
        raise UnrecordedError("a selection of rows")
