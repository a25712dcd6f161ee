"""Record what pandas does with numbers that equal some constants, in `map`, `isin` and `replace`.

pandas itself is asked, for each constant and for a missing value. So keys of another type match
where they match in pandas: a string equals no number, and True equals 1 in `isin` only.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd

from trainer.conversion.expressions import expression as ex
from trainer.conversion.expressions.expression import Node
from trainer.conversion.recording.ufunc_calls import to_node


def map_numbers(node: Node, mapping: Any) -> Node:
    """Return the results of a dictionary, and NaN for other values."""
    result = ex.constant_row(np.nan, node.width)
    keys = [key for key, _ in mapping.items()]
    for is_equal, _, new in _results(node, keys, lambda values: values.map(mapping)):
        if not pd.isna(new):
            result = ex.choose(is_equal, to_node(new), result)
    return result


def find_numbers(node: Node, keys: Sequence[Any]) -> Node:
    """Return whether values are among the keys."""
    found = _results(node, keys, lambda values: values.isin(keys))
    conditions = [is_equal for is_equal, _, is_in in found if is_in]
    if not conditions:
        return ex.constant_row(value=False, width=node.width)
    return ex.fold(np.logical_or, conditions)


def replace_numbers(node: Node, old: Any, new: Any) -> Node:
    """Return the values with some constants replaced."""
    keys = [old]
    arguments: tuple[Any, ...] = (old, new)
    if isinstance(old, list | tuple):
        keys = list(old)
    elif isinstance(old, Mapping):
        keys, arguments = list(old), (old,)
    result = node
    for is_equal, before, after in _results(node, keys, lambda values: values.replace(*arguments)):
        if after is None or not _is_same(before, after):
            result = ex.choose(is_equal, to_node(after), result)
    return result


def is_missing_number(node: Node) -> Node:
    """Return whether values are NaN."""
    return ex.apply(np.isnan, ex.cast(node, ex.FLOAT))


def _results(
    node: Node, keys: Sequence[Any], function: Callable[[Any], Any]
) -> Iterator[tuple[Node, Any, Any]]:
    """Yield a condition for each value that may be a key, the value, and its result."""
    values = [*dict.fromkeys(_as_numbers(keys, node.dtype))]
    conditions = [ex.apply(np.equal, node, ex.constant(value)) for value in values]
    probes = np.array(values, dtype=node.dtype)
    if node.dtype.kind == "f":
        probes = np.append(probes, np.array(np.nan, dtype=node.dtype))
        conditions.append(is_missing_number(node))
    results = function(pd.Series(probes)).tolist()
    return zip(conditions, probes.tolist(), results, strict=True)


def _as_numbers(keys: Sequence[Any], dtype: Any) -> Iterator[Any]:
    """Yield the keys that a column of numbers may have, in its type."""
    for key in keys:
        if isinstance(key, str | bytes):
            continue
        try:
            number = int(key) if isinstance(key, Integral) else float(key)
            value = np.array(number).astype(dtype)[()]
        except (TypeError, ValueError, OverflowError):  # such as None or a date
            continue
        if not np.isnan(value):
            yield value


def _is_same(first: Any, second: Any) -> bool:
    both_missing = pd.isna(first) and pd.isna(second)
    return bool(both_missing or first == second)
