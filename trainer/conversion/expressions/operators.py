"""The nodes of ONNX for each ufunc of numpy, with the results of numpy for NaN and infinity."""

from collections.abc import Callable
from typing import Any

import numpy as np

from trainer.conversion.expressions.expression import BOOLEAN, INTEGER, Node
from trainer.conversion.expressions.refusal import UnrecordedError
from trainer.conversion.nodes.onnx_nodes import NodeBuilder

_NO_EXPONENT, _SQUARE, _ROOT = 1.0, 2.0, 0.5


class Operators:
    """Adds the nodes of one ufunc whose inputs have the type *dtype*."""

    def __init__(self, nodes: NodeBuilder, node: Node) -> None:
        self._nodes = nodes
        self._node = node
        self._dtype = node.inputs[0].dtype

    def add(self, names: list[str]) -> str:
        """Add the nodes; return the name of the result."""
        kind = self._node.kind
        if self._dtype == BOOLEAN and kind in _OF_BOOLEANS:
            return self._add(_OF_BOOLEANS[kind], *names)
        if kind in _BITWISE and self._dtype != BOOLEAN:
            raise UnrecordedError(f"`{kind}` of numbers")
        if kind in _SIMPLE:
            return self._add(_SIMPLE[kind], *names)
        method: Callable[..., str] | None = getattr(self, f"_{kind}", None)
        if method is None:
            raise UnrecordedError(f"`{kind}`")
        return method(*names)

    def _add(self, kind: str, *inputs: str, **more: Any) -> str:
        return self._nodes.add(kind, list(inputs), **more)

    def _number(self, value: float) -> str:
        return self._nodes.constant(np.array(value, dtype=self._dtype))

    def _where(self, condition: str, first: str, second: str) -> str:
        return self._add("Where", condition, first, second)

    def _is_less(self, first: str, second: str) -> str:
        return self._add("Less", first, second)

    def _not_equal(self, first: str, second: str) -> str:
        return self._add("Not", self._add("Equal", first, second))

    def _isinf(self, value: str) -> str:
        return self._add("Equal", self._add("Abs", value), self._number(np.inf))

    def _isfinite(self, value: str) -> str:
        # NaN and infinity minus themselves are NaN.
        return self._add("Not", self._add("IsNaN", self._add("Sub", value, value)))

    def _positive(self, value: str) -> str:
        return value

    def _conjugate(self, value: str) -> str:
        return value

    def _reciprocal(self, value: str) -> str:
        return self._add("Div", self._number(1.0), value)

    def _square(self, value: str) -> str:
        return self._add("Mul", value, value)

    def _sign(self, value: str) -> str:
        is_positive = self._add("Greater", value, self._number(0))
        is_negative = self._is_less(value, self._number(0))
        zero = self._add("Mul", value, self._number(0)) if self._dtype == INTEGER else value
        negative = self._where(is_negative, self._number(-1), zero)
        return self._where(is_positive, self._number(1), negative)

    def _trunc(self, value: str) -> str:
        is_negative = self._is_less(value, self._number(0.0))
        return self._where(is_negative, self._add("Ceil", value), self._add("Floor", value))

    def _log1p(self, value: str) -> str:
        one = self._number(1.0)
        more = self._add("Add", value, one)
        log = self._add("Log", more)
        # The sum loses digits of a small value; this ratio corrects the error.
        scale = self._add("Div", value, self._add("Sub", more, one))
        exact = self._add("Mul", log, scale)
        exact = self._where(self._add("Equal", more, one), value, exact)
        return self._where(self._is_small(value), exact, log)

    def _expm1(self, value: str) -> str:
        one = self._number(1.0)
        power = self._add("Exp", value)
        less = self._add("Sub", power, one)
        exact = self._add("Mul", less, self._add("Div", value, self._add("Log", power)))
        exact = self._where(self._add("Equal", power, one), value, exact)
        return self._where(self._is_small(value), exact, less)

    def _is_small(self, value: str) -> str:
        return self._add("LessOrEqual", self._add("Abs", value), self._number(0.5))

    def _log2(self, value: str) -> str:
        return self._log_to(value, 2.0)

    def _log10(self, value: str) -> str:
        return self._log_to(value, 10.0)

    def _log_to(self, value: str, base: float) -> str:
        """Add a logarithm that is exact for whole powers of the base."""
        log = self._add("Div", self._add("Log", value), self._number(np.log(base)))
        whole = self._add("Round", log)
        is_exact = self._add("Equal", self._add("Pow", self._number(base), whole), value)
        return self._where(is_exact, whole, log)

    def _exp2(self, value: str) -> str:
        return self._add("Pow", self._number(2.0), value)

    def _cbrt(self, value: str) -> str:
        root = self._add("Pow", self._add("Abs", value), self._number(1 / 3))
        return self._where(self._is_less(value, self._number(0.0)), self._add("Neg", root), root)

    def _expit(self, value: str) -> str:
        power = self._add("Exp", self._add("Neg", self._add("Abs", value)))
        below = self._add("Add", power, self._number(1.0))
        is_negative = self._is_less(value, self._number(0.0))
        above = self._where(is_negative, power, self._number(1.0))
        return self._add("Div", above, below)

    def _tan(self, value: str) -> str:
        return self._add("Div", self._add("Sin", value), self._add("Cos", value))

    def _deg2rad(self, value: str) -> str:
        return self._add("Mul", value, self._number(np.pi / 180.0))

    _radians = _deg2rad

    def _rad2deg(self, value: str) -> str:
        return self._add("Mul", value, self._number(180.0 / np.pi))

    _degrees = _rad2deg

    def _maximum(self, first: str, second: str) -> str:
        return self._extreme("GreaterOrEqual", first, second)

    def _minimum(self, first: str, second: str) -> str:
        return self._extreme("LessOrEqual", first, second)

    def _extreme(self, comparison: str, first: str, second: str) -> str:
        is_first = self._add(comparison, first, second)
        if self._dtype != INTEGER:
            is_first = self._add("Or", is_first, self._add("IsNaN", first))
        return self._where(is_first, first, second)

    def _fmax(self, first: str, second: str) -> str:
        return self._without_missing(self._maximum, first, second)

    def _fmin(self, first: str, second: str) -> str:
        return self._without_missing(self._minimum, first, second)

    def _without_missing(self, extreme: Callable[..., str], first: str, second: str) -> str:
        result = extreme(first, second)
        if self._dtype == INTEGER:
            return result
        is_missing = self._add("IsNaN", second)
        return self._where(
            is_missing, first, self._where(self._add("IsNaN", first), second, result)
        )

    def _power(self, base: str, exponent: str) -> str:
        known = self._node.inputs[1]
        value = known.value.item() if known.kind == "constant" and known.width == 1 else None
        if value == _SQUARE:
            return self._square(base)
        if self._dtype == INTEGER:
            raise UnrecordedError("`power` of whole numbers; convert them to float first")
        if value == _NO_EXPONENT:
            return base
        if value == _ROOT:
            return self._add("Sqrt", base)
        return self._add("Pow", base, exponent)

    _float_power = _power

    def _remainder(self, value: str, divisor: str) -> str:
        if self._dtype == INTEGER:
            self._require_safe_divisor()
            return self._add("Mod", value, divisor)
        rest = self._add("Mod", value, divisor, fmod=1)
        zero = self._number(0.0)
        is_wrong = self._add("Xor", self._is_less(rest, zero), self._is_less(divisor, zero))
        is_wrong = self._add("And", is_wrong, self._not_equal(rest, zero))
        return self._where(is_wrong, self._add("Add", rest, divisor), rest)

    def _fmod(self, value: str, divisor: str) -> str:
        if self._dtype == INTEGER:
            raise UnrecordedError("`fmod` of whole numbers")
        return self._add("Mod", value, divisor, fmod=1)

    def _floor_divide(self, value: str, divisor: str) -> str:
        if self._dtype == INTEGER:
            self._require_safe_divisor()
            rest = self._add("Mod", value, divisor)
            return self._add("Div", self._add("Sub", value, rest), divisor)
        rest = self._remainder(value, divisor)
        ratio = self._add("Div", self._add("Sub", value, rest), divisor)
        whole = self._add("Floor", ratio)
        is_above = self._add("Greater", self._add("Sub", ratio, whole), self._number(0.5))
        whole = self._where(is_above, self._add("Add", whole, self._number(1.0)), whole)
        by_zero = self._add("Equal", divisor, self._number(0.0))
        return self._where(by_zero, self._add("Div", value, divisor), whole)

    def _require_safe_divisor(self) -> None:
        """Refuse a whole divisor that may be 0 or -1, which ends a process."""
        divisor = self._node.inputs[1]
        if divisor.kind != "constant" or (divisor.value <= 0).any():
            raise UnrecordedError(
                "the division of whole numbers by another value than a positive constant; "
                "convert them to float first"
            )

    def _logical_not(self, value: str) -> str:
        return self._add("Not", self._is_true(value))

    def _logical_and(self, first: str, second: str) -> str:
        return self._add("And", self._is_true(first), self._is_true(second))

    def _logical_or(self, first: str, second: str) -> str:
        return self._add("Or", self._is_true(first), self._is_true(second))

    def _logical_xor(self, first: str, second: str) -> str:
        return self._add("Xor", self._is_true(first), self._is_true(second))

    def _is_true(self, value: str) -> str:
        return value if self._dtype == BOOLEAN else self._not_equal(value, self._number(0))


_SIMPLE = {
    "absolute": "Abs", "fabs": "Abs", "add": "Add", "subtract": "Sub", "multiply": "Mul",
    "divide": "Div", "true_divide": "Div", "negative": "Neg", "sqrt": "Sqrt", "exp": "Exp",
    "log": "Log", "floor": "Floor", "ceil": "Ceil", "rint": "Round", "sin": "Sin", "cos": "Cos",
    "tanh": "Tanh", "isnan": "IsNaN", "equal": "Equal", "less": "Less", "greater": "Greater",
    "less_equal": "LessOrEqual", "greater_equal": "GreaterOrEqual",
}  # fmt: skip
_BITWISE = {"bitwise_and", "bitwise_or", "bitwise_xor", "invert"}
_OF_BOOLEANS = {
    "add": "Or", "maximum": "Or", "bitwise_or": "Or", "multiply": "And", "minimum": "And",
    "bitwise_and": "And", "bitwise_xor": "Xor", "not_equal": "Xor", "invert": "Not",
}  # fmt: skip
