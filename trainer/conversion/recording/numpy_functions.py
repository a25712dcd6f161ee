"""Record functions of numpy that are not ufuncs. Importing this module fills `RECORDED`."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from trainer.conversion.expressions import expression as ex
from trainer.conversion.expressions.refusal import UnrecordedError
from trainer.conversion.recording.array_proxy import Array, as_array
from trainer.conversion.recording.frame_rows import reduce_rows
from trainer.conversion.recording.proxy import RECORDED, Proxy, require_none
from trainer.conversion.recording.ufunc_calls import to_node

_PAIR = 2
_STRINGS = (
    *(np.char.lower, np.char.upper, np.char.strip, np.char.lstrip, np.char.rstrip),
    *(np.char.title, np.char.capitalize, np.char.swapcase, np.char.replace, np.char.add),
)


def _records(*functions: Callable[..., Any]) -> Callable[..., Any]:
    def register(recorder: Callable[..., Any]) -> Callable[..., Any]:
        RECORDED.update(dict.fromkeys(functions, recorder))
        return recorder

    return register


@_records(np.where)
def where(condition: Any, first: Any = None, second: Any = None) -> Array:
    """Record `np.where`."""
    if first is None or second is None:
        raise UnrecordedError("`np.where` with only a condition")
    operands = (condition, first, second)
    flat = {value.is_flat for value in operands if isinstance(value, Proxy)}
    if len(flat) > 1:
        raise UnrecordedError("`np.where` of the shapes (n,) and (n, m)")
    node = ex.choose(*(to_node(value) for value in operands))
    if flat == {True} and node.width > 1:
        raise UnrecordedError("`np.where` of one column and several constants")
    return Array(node.columns, is_flat=flat.pop())


@_records(np.select)
def select(conditions: Sequence[Any], choices: Sequence[Any], default: Any = 0) -> Any:
    """Record `np.select`: the first condition that is true decides."""
    result = default
    for condition, choice in reversed(list(zip(conditions, choices, strict=True))):
        result = where(condition, choice, result)
    return result


@_records(np.clip)
def clip(values: Any, *limits: Any, **more: Any) -> Any:
    """Record `np.clip`."""
    names = ("a_min", "a_max", "min", "max")
    given = [more.pop(name) for name in names if name in more]
    require_none("np.clip", **more)
    return values.clip(*limits, *given) if isinstance(values, Proxy) else _refuse("np.clip")


@_records(np.round, np.around)
def round_(values: Any, decimals: int = 0, out: Any = None) -> Any:
    """Record `np.round`."""
    require_none("np.round", out=out)
    return values.round(decimals)


@_records(np.fix)
def fix(values: Any, out: Any = None) -> Any:
    """Record `np.fix`."""
    require_none("np.fix", out=out)
    return np.trunc(values)


@_records(np.column_stack)
def column_stack(arrays: Sequence[Any]) -> Array:
    """Record `np.column_stack`."""
    return Array([column for array in arrays for column in as_array(array).columns_])


@_records(np.hstack)
def hstack(arrays: Sequence[Any], **more: Any) -> Any:
    """Record `np.hstack` of tables of numbers."""
    require_none("np.hstack", **more)
    return _join(arrays, "np.hstack")


@_records(np.concatenate)
def concatenate(arrays: Sequence[Any], axis: Any = 0, **more: Any) -> Any:
    """Record `np.concatenate` of columns."""
    require_none("np.concatenate", **more)
    if axis not in (1, -1):
        raise UnrecordedError("`np.concatenate` of rows (`axis=1` joins columns)")
    return _join(arrays, "np.concatenate")


@_records(np.stack)
def stack(arrays: Sequence[Any], axis: Any = 0, **more: Any) -> Any:
    """Record `np.stack` of columns."""
    require_none("np.stack", **more)
    if axis not in (1, -1) or not all(as_array(array).is_flat for array in arrays):
        raise UnrecordedError("`np.stack` of other values than columns with `axis=1`")
    return column_stack(arrays)


def _join(arrays: Sequence[Any], name: str) -> Any:
    if any(as_array(array).is_flat for array in arrays):
        raise UnrecordedError(f"`{name}` of flat arrays (`np.column_stack` takes them)")
    return column_stack(arrays)


@_records(np.nan_to_num)
def nan_to_num(
    x: Any, copy: Any = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
) -> Array:
    """Record `np.nan_to_num`."""
    array = as_array(x)
    if not copy:
        raise UnrecordedError("`np.nan_to_num` with the argument `copy`")
    largest = np.finfo(np.float64).max
    numbers = {np.nan: nan, np.inf: posinf, -np.inf: neginf}
    defaults = {np.inf: largest, -np.inf: -largest}
    node = ex.cast(array.node, ex.FLOAT)
    is_nan = ex.apply(np.isnan, node)
    result = ex.choose(is_nan, ex.constant(numbers[np.nan]), node)
    for infinite in (np.inf, -np.inf):
        value = numbers[infinite] if numbers[infinite] is not None else defaults[infinite]
        is_it = ex.apply(np.equal, node, ex.constant(infinite))
        result = ex.choose(is_it, ex.constant(value), result)
    return Array(result.columns, is_flat=array.is_flat)


@_records(np.reshape)
def reshape(array: Any, *shape: Any, **more: Any) -> Any:
    """Record `np.reshape` to one column, or flat."""
    given = [more.pop(name) for name in ("shape", "newshape") if name in more]
    return as_array(array).reshape(*shape, *given, **more)


@_records(np.ravel, np.squeeze)
def ravel(array: Any, **more: Any) -> Any:
    """Record `np.ravel` of one column."""
    require_none("np.ravel", **more)
    return as_array(array).ravel()


@_records(np.expand_dims)
def expand_dims(array: Any, axis: Any) -> Any:
    """Record `np.expand_dims` of a flat array."""
    if axis not in (1, -1) or not as_array(array).is_flat:
        raise UnrecordedError("`np.expand_dims` of other values than columns with `axis=1`")
    return as_array(array).reshape(-1, 1)


@_records(np.copy)
def copy(array: Any, **_: Any) -> Array:
    """Record `np.copy`."""
    return as_array(array).copy()


@_records(np.zeros_like, np.ones_like)
def zeros_like(*_: Any, **__: Any) -> Any:
    """Refuse what depends on the number of rows."""
    raise UnrecordedError("`np.zeros_like` and `np.ones_like` (write the number)")


@_records(np.digitize)
def digitize(x: Any, bins: Any, right: bool = False) -> Array:
    """Record `np.digitize`: the number of edges that are below each value."""
    edges = np.asarray(bins, dtype=np.float64)
    if edges.ndim != 1 or not (np.diff(edges) >= 0).all():
        raise UnrecordedError("`np.digitize` with edges that do not grow")
    array = as_array(x)
    if array.node.width > 1:
        raise UnrecordedError("`np.digitize` of several columns")
    # NaN is beyond all edges, so the comparison is the opposite one.
    ufunc = np.less_equal if right else np.less
    is_above = [
        ex.apply(np.logical_not, ex.apply(ufunc, array.node, ex.constant(edge))) for edge in edges
    ]
    counts = [ex.cast(node, ex.INTEGER) for node in is_above]
    return Array([ex.fold(np.add, counts)], is_flat=array.is_flat)


def _reduce(name: str) -> Callable[..., Any]:
    def record(values: Any, axis: Any = None, **more: Any) -> Any:
        return getattr(values, name)(axis=axis, **more)

    return record


def _reduce_known(name: str) -> Callable[..., Any]:
    def record(values: Any, axis: Any = None, **more: Any) -> Any:
        require_none(f"np.nan{name}", **more)
        return reduce_rows(as_array(values), name, axis=axis).to_numpy()

    return record


def _of_strings(function: Callable[..., Any]) -> Callable[..., Any]:
    def record(values: Any, *args: Any) -> Array:
        array = as_array(values)

        def change(strings: Any) -> Any:
            changed = function(strings.to_numpy().astype(str), *args)
            return type(strings)(changed.astype(object), index=strings.index, dtype=object)

        return Array(ex.look_up(array.node, change).columns, is_flat=array.is_flat)

    return record


def _refuse(name: str) -> Any:
    raise UnrecordedError(f"`{name}` of a constant")


for _name in ("sum", "prod", "max", "min", "mean", "any", "all"):
    RECORDED[getattr(np, _name)] = _reduce(_name)
for _name in ("sum", "prod", "max", "min", "mean"):
    RECORDED[getattr(np, f"nan{_name}")] = _reduce_known(_name)
RECORDED |= {np.amax: RECORDED[np.max], np.amin: RECORDED[np.min]}
RECORDED.update({function: _of_strings(function) for function in _STRINGS})
