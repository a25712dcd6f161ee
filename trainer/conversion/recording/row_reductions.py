"""Reduce the columns of each row to one value, as `axis=1` does."""

from typing import Any

import numpy as np

from trainer.conversion.expressions import expression as ex
from trainer.conversion.expressions.expression import Node
from trainer.conversion.expressions.refusal import AllRowsError
from trainer.conversion.recording.proxy import Proxy, require_none

_REDUCTIONS = {"sum": np.add, "prod": np.multiply, "max": np.maximum, "min": np.minimum}


class RowReductions(Proxy):
    """The reductions of an array."""

    def _reduced(self, node: Node, *, is_flat: bool) -> Any:
        """Return a result of one column."""
        raise NotImplementedError

    def sum(self, axis: Any = None, *, keepdims: bool = False, **more: Any) -> Any:
        """Return the sum of each row."""
        return self._reduce("sum", axis, keepdims, more)

    def prod(self, axis: Any = None, *, keepdims: bool = False, **more: Any) -> Any:
        """Return the product of each row."""
        return self._reduce("prod", axis, keepdims, more)

    def max(self, axis: Any = None, *, keepdims: bool = False, **more: Any) -> Any:
        """Return the largest value of each row."""
        return self._reduce("max", axis, keepdims, more)

    def min(self, axis: Any = None, *, keepdims: bool = False, **more: Any) -> Any:
        """Return the smallest value of each row."""
        return self._reduce("min", axis, keepdims, more)

    def mean(self, axis: Any = None, *, keepdims: bool = False, **more: Any) -> Any:
        """Return the mean of each row."""
        return self.sum(axis, keepdims=keepdims, **more) / self.node.width

    def any(self, axis: Any = None, **more: Any) -> Any:
        """Return whether a value of each row is true."""
        return (self != 0).max(axis, **more)

    def all(self, axis: Any = None, **more: Any) -> Any:
        """Return whether all values of each row are true."""
        return (self != 0).min(axis, **more)

    def _reduce(self, name: str, axis: Any, keepdims: bool, more: dict[str, Any]) -> Any:
        require_none(name, **more)
        if self.is_flat or axis not in (1, -1):
            raise AllRowsError(f"`{name}` over all rows (`axis=1` takes that of each row)")
        columns = self.node.columns
        if columns[0].dtype == ex.BOOLEAN and name in {"sum", "prod"}:
            columns = [ex.cast(column, ex.INTEGER) for column in columns]
        return self._reduced(ex.fold(_REDUCTIONS[name], columns), is_flat=not keepdims)
