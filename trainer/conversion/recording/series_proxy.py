"""Represent a Series of pandas while a function is recorded."""

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from trainer.conversion.expressions import expression as ex
from trainer.conversion.expressions.expression import Node
from trainer.conversion.expressions.refusal import UnrecordedError
from trainer.conversion.recording.array_proxy import Array
from trainer.conversion.recording.elementwise import (
    Elementwise,
    cast_node,
    fill_missing,
    map_node,
)
from trainer.conversion.recording.proxy import ROWS, Proxy, require_none
from trainer.conversion.recording.ufunc_calls import record_ufunc, to_node

_OF_STRINGS = frozenset({
    "strip", "lstrip", "rstrip", "lower", "upper", "title", "capitalize", "casefold", "swapcase",
    "replace", "slice", "len", "contains", "startswith", "endswith", "get", "zfill", "pad",
    "ljust", "rjust", "center", "removeprefix", "removesuffix", "find", "rfind", "count", "match",
    "fullmatch", "isdigit", "isalpha", "isalnum", "isnumeric", "isdecimal", "islower", "isupper",
    "isspace", "normalize", "translate", "repeat",
})  # fmt: skip


class StringMethods:
    """Represents `.str`: each method is run for every string that the column may have."""

    def __init__(self, node: Node, name: Any) -> None:
        if node.dtype != ex.STRING:
            raise AttributeError("Can only use .str accessor with string values")
        self._node = node
        self._name = name

    def __getattr__(self, method: str) -> Callable[..., "Series"]:
        """Return a method."""
        if method not in _OF_STRINGS:
            raise UnrecordedError(f"`.str.{method}`")
        return lambda *args, **kwargs: self._call(
            lambda values: getattr(values.str, method)(*args, **kwargs)
        )

    def __getitem__(self, key: Any) -> "Series":
        """Return a part of each string."""
        return self._call(lambda values: values.str[key])

    def _call(self, function: Callable[[Any], Any]) -> "Series":
        return Series(ex.look_up(self._node, function), self._name)


class Series(Elementwise):
    """One column."""

    _replaced = pd.Series
    make_frame: ClassVar[Callable[[dict[Any, Node]], Any]]
    """The class of tables, which knows this one."""

    def __init__(self, node: Node, name: Any = None) -> None:
        self._node = node
        self.name = name

    @property
    def node(self) -> Node:
        """The column."""
        return self._node

    @property
    def is_flat(self) -> bool:
        """Whether the shape is [n]."""
        return True

    @property
    def shape(self) -> tuple[Any, ...]:
        """The shape, with a proxy for the number of rows."""
        return (ROWS,)

    index, ndim = ROWS, 1

    @property
    def dtype(self) -> Any:
        """The type of the values."""
        return self._node.dtype

    @property
    def str(self) -> StringMethods:
        """The methods of strings."""
        return StringMethods(self._node, self.name)

    @property
    def values(self) -> Array:
        """The column as an array."""
        return Array([self._node], is_flat=True)

    def to_numpy(self, dtype: Any = None, **more: Any) -> Array:
        """Return the column as an array."""
        require_none("to_numpy", **{k: v for k, v in more.items() if k != "copy"})
        return self.values if dtype is None else self.values.astype(dtype)

    def __array_ufunc__(self, ufunc: np.ufunc, method: Any, *inputs: Any, **more: Any) -> Any:
        """Record a ufunc, as numpy calls this method."""
        (out,) = more.pop("out", (None,))
        if not all(_is_column(value) for value in inputs):
            return NotImplemented
        node, _ = record_ufunc(ufunc, method, inputs, more)
        if out is self:
            self._node = node
            return self
        require_none(ufunc.__name__, out=out)
        names = {value.name for value in inputs if type(value) is Series}
        return Series(node, names.pop() if len(names) == 1 else None)

    def __getitem__(self, key: Any) -> Any:
        """Return all rows."""
        if isinstance(key, slice) and key == slice(None):
            return self.copy()
        raise UnrecordedError("a selection of rows")

    def __setitem__(self, key: Any, value: Any) -> None:
        """Change the values where a condition is true."""
        if not isinstance(key, Proxy):
            raise UnrecordedError("an assignment to single rows")
        self._node = ex.choose(key.node, to_node(value), self._node)

    @property
    def loc(self) -> "Series":
        """The column itself, which takes conditions."""
        return self

    def fillna(self, value: Any) -> Any:
        """Return the values without missing ones."""
        return self._map(lambda node: fill_missing(node, value))

    def astype(self, dtype: Any, **_: Any) -> "Series":
        """Return the values in another type."""
        return self._map(lambda node: cast_node(node, dtype))

    def map(self, mapping: Any, **more: Any) -> Any:
        """Return the results of a dictionary or function for each value."""
        require_none("map", **more)
        if callable(mapping) and self._node.dtype != ex.STRING:
            return self.apply(mapping)
        return self._map(lambda node: map_node(node, mapping))

    def apply(self, function: Callable[..., Any], *args: Any, **more: Any) -> Any:
        """Return the results of a function of each value; it gets all values at once."""
        require_none("apply", **more)
        if self._node.dtype == ex.STRING:
            return self._map(lambda node: map_node(node, lambda text: function(text, *args)))
        result = function(self, *args)
        if type(result) is not Series:
            raise UnrecordedError("`apply` of a function that does not return one value for each")
        return result

    def where(self, condition: Any, other: Any = np.nan) -> "Series":
        """Return the values where a condition is true, and others elsewhere."""
        return self._map(lambda node: ex.choose(to_node(condition), node, to_node(other)))

    def mask(self, condition: Any, other: Any = np.nan) -> "Series":
        """Return the values where a condition is false, and others elsewhere."""
        return self._map(lambda node: ex.choose(to_node(condition), to_node(other), node))

    def between(self, left: Any, right: Any, inclusive: Any = "both") -> Any:
        """Return whether values are between two limits."""
        above = self >= left if inclusive in {"both", "left"} else self > left
        below = self <= right if inclusive in {"both", "right"} else self < right
        return above & below

    def to_frame(self, name: Any = None) -> Any:
        """Return a table of this column."""
        return Series.make_frame({self.name if name is None else name: self._node})

    def rename(self, name: Any) -> "Series":
        """Return the column with another name."""
        return Series(self._node, name)

    def _map(self, function: Callable[[Node], Node]) -> "Series":
        return Series(function(self._node), self.name)

    def _operate(self, ufunc: np.ufunc, first: Any, second: Any, _axis: Any) -> Any:
        return ufunc(first, second)


def _is_column(value: Any) -> bool:
    return not isinstance(value, Proxy) or value.is_flat
