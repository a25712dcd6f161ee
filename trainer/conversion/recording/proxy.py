"""The base class of the objects that represent the rows while a function is recorded."""

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from trainer.conversion.expressions.expression import Node
from trainer.conversion.expressions.refusal import (
    AllRowsError,
    UnrecordedError,
    UnrecordedLengthError,
)


class RowCount:
    """Represents the number of rows, which a served model does not know."""

    def __repr__(self) -> str:
        """Describe it."""
        return "the number of rows"

    def _refuse(self, *_: Any) -> NoReturn:
        raise UnrecordedError("the number of rows")

    __len__ = __index__ = __int__ = __float__ = __bool__ = __add__ = __radd__ = __sub__ = (
        __rsub__
    ) = _refuse
    __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __floordiv__ = __lt__ = __gt__ = _refuse


ROWS = RowCount()
_ALL_VALUES = "a function of a library that needs the values of all rows"
_OF_ALL_ROWS = frozenset({
    "mean", "sum", "min", "max", "median", "std", "var", "quantile", "all", "any", "nunique",
    "unique", "value_counts", "mode", "rank", "cumsum", "cumprod", "cummax", "shift", "diff",
    "pct_change", "rolling", "expanding", "ewm", "groupby", "sort_values", "sort",
})  # fmt: skip
RECORDED: dict[Any, Callable[..., Any]] = {}
"""Functions of numpy and what records them; `numpy_functions` fills it."""


class Proxy(NDArrayOperatorsMixin):
    """Represents an array or a table. Everything that needs values of rows is refused."""

    _replaced: type
    """The class that it represents."""
    __array_priority__ = 2000
    __hash__ = None  # type: ignore[assignment]  # as for arrays

    @property
    def node(self) -> Node:
        """All columns as one tensor."""
        raise NotImplementedError

    @property
    def is_flat(self) -> bool:
        """Whether the shape is [n], not [n, width]."""
        raise NotImplementedError

    @property  # type: ignore[misc]  # it replaces a class on purpose
    def __class__(self) -> Any:
        """Pass for an instance of the class that it represents."""
        return self._replaced

    def __getattr__(self, name: str) -> Any:
        """Refuse what the class has and the proxy does not record."""
        is_special = name.startswith("__")
        if name.startswith("_") and not is_special:
            raise UnrecordedError(_ALL_VALUES)
        if hasattr(self._replaced, name) and not is_special:
            if name in _OF_ALL_ROWS:
                raise AllRowsError(f"`{name}` over all rows")
            raise UnrecordedError(f"`{name}`")
        raise AttributeError(f"{self._replaced.__name__!r} has no attribute {name!r}")

    def __array_ufunc__(self, ufunc: np.ufunc, method: Any, *inputs: Any, **more: Any) -> Any:
        """Record a ufunc, as numpy calls this method."""
        raise NotImplementedError

    def __bool__(self) -> bool:
        """Refuse a branch."""
        raise UnrecordedError("a branch on a value, such as `if` or `and` (`np.where` has both)")

    def _refuse_value(self, *_: Any) -> NoReturn:
        raise UnrecordedError("the value of a single row, as `float()` and `math` need it")

    __float__ = __int__ = __index__ = __complex__ = __round__ = _refuse_value
    __contains__: Any = _refuse_value

    def __len__(self) -> int:
        """Refuse the number of rows."""
        raise UnrecordedLengthError("`len`, the number of rows")

    def __iter__(self) -> Any:
        """Refuse a loop."""
        raise UnrecordedError("a loop over rows")

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse to become an array."""
        raise UnrecordedError(_ALL_VALUES)

    def __array_function__(self, function: Any, _types: Any, args: Any, kwargs: Any) -> Any:
        """Record a function of numpy, as numpy calls this method."""
        if function not in RECORDED:
            raise UnrecordedError(f"`np.{function.__name__}`")
        return RECORDED[function](*args, **kwargs)


def require_none(name: str, **arguments: Any) -> None:
    """Refuse arguments of *name* that are given and not recorded."""
    for key, value in arguments.items():
        if value is not None:
            raise UnrecordedError(f"`{name}` with the argument `{key}`")
