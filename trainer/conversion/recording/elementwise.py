"""The methods of pandas that change each value by itself, as functions of nodes."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from trainer.conversion.expressions import expression as ex
from trainer.conversion.expressions.expression import Node
from trainer.conversion.expressions.refusal import UnrecordedError
from trainer.conversion.recording.number_keys import (
    find_numbers,
    is_missing_number,
    map_numbers,
    replace_numbers,
)
from trainer.conversion.recording.proxy import Proxy, require_none
from trainer.conversion.recording.ufunc_calls import to_node

_OPERATORS: Mapping[str, np.ufunc] = {
    "add": np.add, "sub": np.subtract, "subtract": np.subtract, "mul": np.multiply,
    "multiply": np.multiply, "div": np.divide, "divide": np.divide, "truediv": np.divide,
    "floordiv": np.floor_divide, "mod": np.remainder, "pow": np.power, "eq": np.equal,
    "ne": np.not_equal, "lt": np.less, "le": np.less_equal, "gt": np.greater,
    "ge": np.greater_equal,
}  # fmt: skip
_REVERSED = {
    f"r{name}": ufunc for name, ufunc in _OPERATORS.items() if name[:2] not in {"eq", "ne"}
}


class Elementwise(Proxy):
    """The methods that Series and DataFrame share."""

    def _map(self, function: Callable[[Node], Node]) -> Any:
        """Return the same columns with other values."""
        raise NotImplementedError

    def _operate(self, ufunc: np.ufunc, first: Any, second: Any, axis: Any) -> Any:
        raise NotImplementedError

    def __getattr__(self, name: str) -> Any:
        """Return the method of an operator, such as `div`."""
        if name in _OPERATORS or name in _REVERSED:
            return self._operator(name)
        return super().__getattr__(name)

    def _operator(self, name: str) -> Callable[..., Any]:
        def operate(other: Any, axis: Any = "columns", **more: Any) -> Any:
            require_none(name, **more)
            if name in _OPERATORS:
                return self._operate(_OPERATORS[name], self, other, axis)
            return self._operate(_REVERSED[name], other, self, axis)

        return operate

    def abs(self) -> Any:
        """Return the sizes."""
        return self._map(lambda node: ex.apply(np.absolute, node))

    def round(self, decimals: int = 0) -> Any:
        """Return rounded values."""
        return self._map(lambda node: round_node(node, decimals))

    def clip(self, lower: Any = None, upper: Any = None, **more: Any) -> Any:
        """Return the values within limits."""
        require_none("clip", **more)
        return self._map(lambda node: clip_node(node, lower, upper))

    def isna(self) -> Any:
        """Return whether values are missing."""
        return self._map(is_missing)

    isnull = isna

    def notna(self) -> Any:
        """Return whether values are not missing."""
        return self._map(lambda node: ex.apply(np.logical_not, is_missing(node)))

    notnull = notna

    def isin(self, values: Any) -> Any:
        """Return whether values are among some constants."""
        if isinstance(values, Mapping | pd.Series | pd.DataFrame) and not self.is_flat:
            raise UnrecordedError("`isin` of columns or rows")
        listed = list(values)
        return self._map(lambda node: _is_in(node, listed))

    def replace(self, to_replace: Any = None, value: Any = None, **more: Any) -> Any:
        """Return the values with some constants replaced."""
        require_none("replace", **more)
        if isinstance(to_replace, pd.Series):
            to_replace = to_replace.to_dict()
        nested = isinstance(to_replace, Mapping) and (
            value is not None or any(isinstance(new, Mapping) for new in to_replace.values())
        )
        if nested or isinstance(value, Mapping):
            raise UnrecordedError("`replace` with a dictionary of columns")
        return self._map(lambda node: _replace(node, to_replace, value))

    def copy(self, *_: Any, **__: Any) -> Any:
        """Return a copy."""
        return self._map(lambda node: node)

    def pipe(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call a function."""
        return function(self, *args, **kwargs)


def round_node(node: Node, decimals: int = 0) -> Node:
    """Return rounded values, as numpy rounds them."""
    if node.dtype.kind != "f":
        return node
    scale = ex.constant(10.0 ** abs(decimals))
    before, after = (np.multiply, np.divide) if decimals > 0 else (np.divide, np.multiply)
    if not decimals:
        return ex.apply(np.rint, node)
    return ex.apply(after, ex.apply(np.rint, ex.apply(before, node, scale)), scale)


def clip_node(node: Node, lower: Any, upper: Any) -> Node:
    """Return the values within limits. A missing limit changes nothing."""
    for ufunc, limit in ((np.less, lower), (np.greater, upper)):
        if limit is not None:
            other = to_node(limit)
            node = ex.choose(ex.apply(ufunc, node, other), other, node)
    return node


def is_missing(node: Node) -> Node:
    """Return whether values are missing."""
    if node.dtype == ex.STRING:
        return ex.look_up(node, lambda values: values.isna())
    return is_missing_number(node)


def fill_missing(node: Node, value: Any) -> Node:
    """Return the values without missing ones."""
    if node.dtype == ex.STRING:
        return ex.look_up(node, lambda values: values.fillna(value))
    if node.dtype.kind != "f":
        return node
    return ex.choose(is_missing(node), to_node(value), node)


def cast_node(node: Node, dtype: Any) -> Node:
    """Return the values in another type, as `astype` of pandas does."""
    if node.dtype == ex.STRING and dtype in (str, object, "str", "string", "object", "category"):
        return node
    try:
        return ex.cast(node, np.dtype(dtype))
    except TypeError as error:
        raise UnrecordedError(f"`astype({dtype!r:.40})`") from error


def map_node(node: Node, mapping: Any) -> Node:
    """Return the results of a dictionary or, for strings, of a function too."""
    if node.dtype == ex.STRING:
        return ex.look_up(node, lambda values: values.map(mapping))
    if not isinstance(mapping, Mapping | pd.Series) or hasattr(mapping, "__missing__"):
        raise UnrecordedError("`map` of another value than a dictionary or a function")
    if node.dtype != ex.BOOLEAN and _are_lost_booleans(mapping):
        raise UnrecordedError(
            "`map` with the keys True and False, which no number equals: booleans of the table are "
            "1 and 0, so write {1: …, 0: …}"
        )
    return map_numbers(node, mapping)


def _are_lost_booleans(mapping: Any) -> bool:
    """Decide whether all keys are booleans, and pandas finds none of them in numbers."""
    are_booleans = all(isinstance(key, bool) for key, _ in mapping.items())
    return are_booleans and bool(pd.Series([0.0, 1.0]).map(mapping).isna().all())


def _is_in(node: Node, values: list[Any]) -> Node:
    if node.dtype == ex.STRING:
        return ex.look_up(node, lambda strings: strings.isin(values))
    return find_numbers(node, values)


def _replace(node: Node, old: Any, new: Any) -> Node:
    if node.dtype != ex.STRING:
        return replace_numbers(node, old, new)
    arguments = (old,) if isinstance(old, Mapping) else (old, new)
    return ex.look_up(node, lambda values: values.replace(*arguments))
