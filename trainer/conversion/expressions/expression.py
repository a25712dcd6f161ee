"""The steps that a function of the user does with columns, as a graph without rows.

A node is a tensor [n, width] of any number of rows, or a constant [1, width].
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd

from trainer.conversion.expressions.refusal import UnrecordedError

FLOAT, INTEGER, BOOLEAN, STRING = map(np.dtype, (np.float64, np.int64, np.bool_, object))
FLOAT32 = np.dtype(np.float32)
_TYPES = (FLOAT, FLOAT32, INTEGER, BOOLEAN)


@dataclass(frozen=True, eq=False)
class Node:
    """One step. Nodes are equal only if they are the same object."""

    kind: str
    inputs: tuple["Node", ...]
    width: int
    dtype: np.dtype[Any]
    value: Any = None
    """A constant, indices or a table of the step."""
    domain: tuple[Any, ...] = field(default=(), repr=False)
    """Every value that a node of strings may have."""
    is_weak: bool = False
    """Whether it is a number of Python, which does not change the type of others."""

    def column(self, index: int) -> "Node":
        """Return one column."""
        if self.width == 1:
            return self
        if self.kind == "join":
            for node in self.inputs:
                if index < node.width:
                    return node.column(index)
                index -= node.width
        return Node("select", (self,), 1, self.dtype, (index,), self.domain)

    @property
    def columns(self) -> list["Node"]:
        """All columns."""
        return [self.column(index) for index in range(self.width)]


def constant(values: Any) -> Node:
    """Return a constant row of numbers or strings, [1, width]."""
    array = np.atleast_1d(np.asarray(values))
    if array.dtype.kind in "US" or array.dtype == STRING:
        texts = array.astype(object)
        domain = tuple(dict.fromkeys(texts.ravel().tolist()))
        if not all(isinstance(text, str) for text in domain):
            raise UnrecordedError(f"a constant such as {values!r:.60}")
        return Node("constant", (), texts.size, STRING, texts.reshape(1, -1), domain)
    if array.dtype.kind in "iu" and array.dtype != INTEGER:
        array = array.astype(INTEGER)
    if array.dtype not in _TYPES or array.ndim > 2 or (array.ndim == 2 and len(array) != 1):  # noqa: PLR2004 - a table
        raise UnrecordedError(f"a constant of the shape {array.shape} and type {array.dtype}")
    is_weak = type(values) in {int, float}
    return Node("constant", (), array.size, array.dtype, array.reshape(1, -1), is_weak=is_weak)


def constant_row(value: Any, width: int) -> Node:
    """Return a number or boolean for each of *width* columns, in numpy's own type."""
    return constant(np.full(width, value))


def join(columns: Sequence[Node]) -> Node:
    """Return columns of one type as one tensor, with as few steps as possible."""
    runs = []
    for source, run in groupby(columns, key=lambda n: n.inputs[0] if n.kind == "select" else n):
        parts = list(run)
        if parts[0].kind != "select":
            runs += parts
            continue
        indices = tuple(index for part in parts for index in part.value)
        is_whole = indices == tuple(range(source.width))
        whole = Node("select", (source,), len(indices), source.dtype, indices, source.domain)
        runs.append(source if is_whole else whole)
    if len(runs) == 1:
        return runs[0]
    domain = tuple(dict.fromkeys(value for run in runs for value in run.domain))
    width = sum(run.width for run in runs)
    return Node("join", tuple(runs), width, runs[0].dtype, domain=domain)


def cast(node: Node, dtype: Any) -> Node:
    """Return a node in another type of numbers, as `astype` converts it."""
    dtype = np.dtype(dtype)
    if dtype == node.dtype:
        return node
    if node.dtype == STRING:
        if dtype.kind == "U":
            return look_up(node, lambda values: values.astype(str))
        return look_up(node, lambda values: values.astype(dtype))
    if dtype not in _TYPES:
        raise UnrecordedError(f"the type {dtype}")
    return Node("cast", (node,), node.width, dtype)


def apply(ufunc: np.ufunc, *operands: Node) -> Node:
    """Return the result of a ufunc of numpy, in the type that numpy gives it."""
    if any(operand.dtype == STRING for operand in operands):
        return _compare_strings(ufunc, *operands)
    if len({operand.width for operand in operands} - {1}) > 1:
        raise UnrecordedError(f"`{ufunc.__name__}` of {[o.width for o in operands]} columns")
    types = [_weak_type(operand) for operand in operands]
    try:
        *wanted, result = ufunc.resolve_dtypes((*types, *[None] * ufunc.nout))
    except TypeError as error:
        raise UnrecordedError(
            f"`{ufunc.__name__}` of {[str(o.dtype) for o in operands]}"
        ) from error
    if {*wanted, result} - {*_TYPES}:
        raise UnrecordedError(f"`{ufunc.__name__}` in the type {result}")
    inputs = tuple(cast(operand, type_) for operand, type_ in zip(operands, wanted, strict=True))
    return Node(ufunc.__name__, inputs, max(i.width for i in inputs), result)


def choose(condition: Node, first: Node, second: Node) -> Node:
    """Return *first* where the condition is true and *second* elsewhere."""
    if STRING in (first.dtype, second.dtype):
        if first.dtype != second.dtype:
            raise UnrecordedError("`where` of a string and a number")
        dtype = STRING
    else:
        types = [_weak_type(node) for node in (first, second)]
        dtype = np.add.resolve_dtypes((*types, None))[-1]
        first, second = cast(first, dtype), cast(second, dtype)
    width = max(node.width for node in (condition, first, second))
    domain = tuple(dict.fromkeys((*first.domain, *second.domain)))
    condition = cast(condition, BOOLEAN)
    return Node("where", (condition, first, second), width, dtype, domain=domain)


def look_up(node: Node, function: Callable[[Any], Any]) -> Node:
    """Return the results of an elementwise function of strings, which is run for each string."""
    if node.dtype != STRING:
        raise UnrecordedError("a comparison of numbers and strings")
    if node.width > 1:
        return join([look_up(column, function) for column in node.columns])
    is_table = node.kind == "look_up"
    source = node.inputs[0] if is_table else node
    keys, values = node.value if is_table else (node.domain, list(node.domain))
    results = function(pd.Series(values, dtype=object, index=range(len(values))))
    if not isinstance(results, pd.Series) or list(results.index) != list(range(len(keys))):
        raise UnrecordedError("a function of strings that does not return one value for each")
    return _table(source, keys, results)


def fold(ufunc: np.ufunc, nodes: Sequence[Node]) -> Node:
    """Apply a ufunc to the first two nodes, to its result and the third, and so on."""
    return reduce(lambda one, other: apply(ufunc, one, other), nodes)


def _table(source: Node, keys: Sequence[str], results: pd.Series) -> Node:
    found = results.dtype
    if isinstance(found, np.dtype) and found.kind in "biuf":
        values = results.to_numpy()
        values = values.astype({"b": BOOLEAN, "f": FLOAT}.get(found.kind, INTEGER))
        return Node("look_up", (source,), 1, values.dtype, (keys, values.tolist()))
    objects = results.astype(object)
    listed = objects.where(objects.notna(), None).tolist()
    if listed and all(isinstance(value, bool) for value in listed):
        return Node("look_up", (source,), 1, BOOLEAN, (keys, listed))
    if all(value is None or isinstance(value, int | float) for value in listed):
        numbers = [np.nan if value is None else float(value) for value in listed]
        return Node("look_up", (source,), 1, FLOAT, (keys, numbers))
    if not all(value is None or isinstance(value, str) for value in listed):
        raise UnrecordedError(f"a function of strings with results of the type {found}")
    return Node("look_up", (source,), 1, STRING, (keys, listed), tuple(dict.fromkeys(listed)))


def _compare_strings(ufunc: np.ufunc, *operands: Node) -> Node:
    """Compare or join strings with a constant."""
    constants = [operand for operand in operands if operand.kind == "constant"]
    if len(operands) != 2 or len(constants) != 1 or constants[0].width > 1:  # noqa: PLR2004 - a pair
        raise UnrecordedError(f"`{ufunc.__name__}` of strings")
    if any(operand.dtype != STRING and operand.kind != "constant" for operand in operands):
        return _compare_number(ufunc, *operands)
    plain: Any = constants[0].value.item()
    if operands[1] is constants[0]:
        return look_up(operands[0], lambda values: ufunc(values, plain))
    return look_up(operands[1], lambda values: ufunc(plain, values))


def _compare_number(ufunc: np.ufunc, *operands: Node) -> Node:
    """Compare numbers with a string, which equals none of them."""
    if ufunc not in {np.equal, np.not_equal}:
        raise UnrecordedError(f"`{ufunc.__name__}` of numbers and a string")
    return constant_row(ufunc is np.not_equal, max(operand.width for operand in operands))


def _weak_type(operand: Node) -> Any:
    """Return the type of an operand as numpy's rules need it."""
    return {"i": int, "f": float}[operand.dtype.kind] if operand.is_weak else operand.dtype


def are_equal(first: Node, second: Node, seen: set[tuple[Node, Node]]) -> bool:
    """Return whether two nodes do the same with the same inputs and constants."""
    if first is second or (first, second) in seen:
        return True
    if (first.kind, first.width, first.dtype) != (second.kind, second.width, second.dtype):
        return False
    if len(first.inputs) != len(second.inputs) or not _same_value(first.value, second.value):
        return False
    seen.add((first, second))
    pairs = zip(first.inputs, second.inputs, strict=True)
    return all(are_equal(one, other, seen) for one, other in pairs)


def _same_value(first: Any, second: Any) -> bool:
    if isinstance(first, np.ndarray) and first.dtype.kind == "f":
        return np.array_equal(first, second, equal_nan=True)
    if isinstance(first, np.ndarray):
        return np.array_equal(first, second)
    return repr(first) == repr(second)  # NaN in a list differs from itself
