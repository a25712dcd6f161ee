"""Replace a few functions of numpy and pandas that do not ask their arguments what to do.

They are replaced only while a function is recorded, and only calls with proxies are recorded.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, NoReturn
from unittest.mock import patch

import numpy as np
import pandas as pd

from trainer.conversion.expressions import expression as ex
from trainer.conversion.expressions.refusal import AllRowsError, UnrecordedError
from trainer.conversion.recording.array_proxy import Array, as_array
from trainer.conversion.recording.date_parts import DateFunctions
from trainer.conversion.recording.frame_proxy import Frame
from trainer.conversion.recording.numpy_functions import column_stack
from trainer.conversion.recording.proxy import Proxy, RowCount, require_none
from trainer.conversion.recording.series_proxy import Series
from trainer.conversion.recording.ufunc_calls import to_node

_REFUSED = ("get_dummies", "cut", "merge")
_OF_ALL_ROWS = ("qcut", "factorize", "pivot_table", "unique")


@contextmanager
def replaced_functions() -> Iterator[DateFunctions]:
    """Replace the functions for a while; yield those of dates."""
    dates = DateFunctions()
    replacements: list[tuple[Any, str, Callable[..., Any]]] = [
        *((np, name, _to_array) for name in ("asarray", "array", "asanyarray")),
        (pd, "concat", _concatenate),
        (pd, "DataFrame", _make_frame),
        (pd, "Series", _make_series),
        (pd, "to_datetime", dates.to_datetime),
        (pd, "to_timedelta", dates.to_timedelta),
        (pd, "to_numeric", lambda values, **_: values),
        *((pd, name, lambda values: values.isna()) for name in ("isna", "isnull")),
        *((pd, name, lambda values: values.notna()) for name in ("notna", "notnull")),
        *((pd, name, _refuse(UnrecordedError(f"`pd.{name}`"))) for name in _REFUSED),
        *((pd, name, _refuse(AllRowsError(f"`pd.{name}` over all rows"))) for name in _OF_ALL_ROWS),
    ]
    with ExitStack() as stack:
        for module, name, record in replacements:
            original = getattr(module, name)
            if isinstance(original, type):
                new: Any = _replace_class(original, record)
            else:
                new = _replace_function(original, record)
            stack.enter_context(patch.object(module, name, new))
        stack.enter_context(patch.object(np, "c_", _Columns(np.c_)))
        yield dates


def _refuse(error: UnrecordedError) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise error

    return refuse


def _replace_function(original: Any, record: Callable[..., Any]) -> Any:
    def call(*args: Any, **kwargs: Any) -> Any:
        function = record if _has_proxy(args, kwargs) else original
        return function(*args, **kwargs)

    return call


def _replace_class(original: Any, record: Callable[..., Any]) -> Any:
    """Return a class that isinstance() takes for the original one."""

    class Meta(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, original)

        def __call__(cls, *args: Any, **kwargs: Any) -> Any:
            make = record if _has_proxy(args, kwargs) else original
            return make(*args, **kwargs)

        def __getattr__(cls, name: str) -> Any:
            return getattr(original, name)

    return Meta(original.__name__, (), {})


def _has_proxy(args: Sequence[Any], kwargs: dict[str, Any]) -> bool:
    for value in (*args, *kwargs.values()):
        if isinstance(value, Proxy | RowCount):
            return True
        inner = value.values() if isinstance(value, dict) else value
        if isinstance(value, dict | list | tuple) and any(
            isinstance(each, Proxy) for each in inner
        ):
            return True
    return False


def _to_array(values: Any, dtype: Any = None, **more: Any) -> Array:
    if isinstance(values, list | tuple):
        raise UnrecordedError("`np.array` of a list of columns (`np.column_stack` takes it)")
    more.pop("copy", None)
    require_none("np.asarray", **more)
    array = as_array(values)
    return array if dtype is None else array.astype(dtype)


class _Columns:
    """Represents `np.c_`."""

    def __init__(self, original: Any) -> None:
        self._original = original

    def __getitem__(self, key: Any) -> Any:
        keys = key if isinstance(key, tuple) else (key,)
        return column_stack(keys) if _has_proxy(keys, {}) else self._original[key]


def _concatenate(objects: Any, *, axis: Any = 0, **more: Any) -> Frame:
    require_none("pd.concat", **more)
    if axis not in (1, "columns") or isinstance(objects, dict):
        raise UnrecordedError("`pd.concat` of rows (`axis=1` joins columns)")
    columns = dict[Any, ex.Node]()
    for value in objects:
        if type(value) is Series:
            name = len(columns) if value.name is None else value.name
            found = {name: value.node}
        elif type(value) is Frame:
            found = {name: value[name].node for name in value.columns}
        else:
            raise UnrecordedError("`pd.concat` of other values than columns and tables")
        if found.keys() & columns.keys():
            raise UnrecordedError("`pd.concat` of columns with equal names")
        columns |= found
    return Frame(columns)


def _make_frame(data: Any = None, index: Any = None, columns: Any = None, **more: Any) -> Any:
    require_none("pd.DataFrame", **more)
    if index is not None and not isinstance(index, RowCount):
        raise UnrecordedError("`pd.DataFrame` with an index")
    if isinstance(data, dict):
        found = {name: to_node(value) for name, value in data.items()}
        return Frame(found if columns is None else {name: found[name] for name in columns})
    if type(data) is Frame:
        return data[list(columns)] if columns is not None else data.copy()
    nodes = as_array(data).columns_
    return Frame(dict(zip(range(len(nodes)) if columns is None else columns, nodes, strict=True)))


def _make_series(data: Any = None, index: Any = None, name: Any = None, **more: Any) -> Series:
    require_none("pd.Series", **more)
    if index is not None and not isinstance(index, RowCount):
        raise UnrecordedError("`pd.Series` with an index")
    node = to_node(data)
    if node.width > 1:
        raise UnrecordedError("`pd.Series` of several columns")
    return Series(node, name)
