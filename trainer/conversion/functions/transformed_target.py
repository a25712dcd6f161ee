"""Convert a TransformedTargetRegressor: its regressor, then the inverse of its transformer."""

from collections.abc import Callable
from typing import Any

import numpy as np
from skl2onnx._parse import _parse_sklearn  # skl2onnx has no public function for it
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    PowerTransformer,
    RobustScaler,
    StandardScaler,
)

from trainer.conversion.expressions.emission import Emission
from trainer.conversion.expressions.expression import FLOAT, Node, cast
from trainer.conversion.expressions.refusal import UnrecordedError, step_error
from trainer.conversion.functions.column_layout import Layout, Place
from trainer.conversion.functions.function_steps import record_step
from trainer.conversion.functions.own_types import is_own
from trainer.conversion.nodes.onnx_nodes import NodeBuilder


def parse_target(scope: Any, model: Any, inputs: Any, custom_parsers: Any = None) -> list[Any]:
    """Declare the regressor, and an operator for the inverse function."""
    (numbers,) = _parse_sklearn(scope, model.regressor_, inputs, custom_parsers=custom_parsers)
    operator = scope.declare_local_operator("ModelgateTarget", model)
    operator.inputs = [numbers]
    type_ = type(numbers.type)([None, 1])
    operator.outputs.append(scope.declare_local_variable("target", type_))
    return list(operator.outputs)


def set_target_shape(operator: Any) -> None:
    """Set the type of the result: that of the regressor."""
    operator.outputs[0].type = type(operator.inputs[0].type)([None, 1])


def convert_target(scope: Any, operator: Any, container: Any) -> None:
    """Add the nodes of the inverse function."""
    nodes, (numbers,), (output,) = (
        NodeBuilder(scope, container),
        operator.inputs,
        operator.outputs,
    )
    is_narrow = isinstance(numbers.type, FloatTensorType)
    name = numbers.full_name
    tensor = Node("tensor", (), 1, FLOAT)
    names = {tensor: nodes.cast(name, FLOAT) if is_narrow else name}
    what, function = _inverse(operator.raw_operator.transformer_)
    recording = record_step(what, function, [tensor], Layout((Place(0, 0),), None))
    if recording.refused:
        raise step_error(what, "it uses dates of the target")
    (result,) = recording.columns
    try:
        found = Emission(nodes, names).add_result(cast(result, FLOAT))
    except UnrecordedError as error:
        raise step_error(what, f"it uses {error}") from error
    type_ = np.float64 if isinstance(output.type, DoubleTensorType) else np.float32
    nodes.add("Identity", [nodes.cast(found, type_)], output.full_name)


def _inverse(transformer: Any) -> tuple[str, Callable[[Any], Any]]:
    """Return the name and the inverse function of a fitted transformer of the target."""
    if isinstance(transformer, FunctionTransformer):
        function = transformer.inverse_func
        if function is None:
            return "its target", lambda numbers: numbers
        return f"its inverse function {getattr(function, '__name__', function)}", function
    inverse = _INVERSES.get(type(transformer))
    if inverse is None and not is_own(transformer):
        raise NotImplementedError(f"the inverse of {type(transformer).__name__} has no converter")
    if inverse is None:
        return f"its class {type(transformer).__name__}", transformer.inverse_transform
    return f"its {type(transformer).__name__}", lambda numbers: inverse(transformer, numbers)


def _invert_standard(scaler: Any, numbers: Any) -> Any:
    if scaler.with_std:
        numbers = numbers * scaler.scale_
    return numbers + scaler.mean_ if scaler.with_mean else numbers


def _invert_range(scaler: Any, numbers: Any) -> Any:
    numbers = (numbers - scaler.min_) / scaler.scale_
    return np.clip(numbers, *scaler.feature_range) if scaler.clip else numbers


def _invert_robust(scaler: Any, numbers: Any) -> Any:
    if scaler.with_scaling:
        numbers = numbers * scaler.scale_
    return numbers + scaler.center_ if scaler.with_centering else numbers


def _invert_power(power: Any, numbers: Any) -> Any:
    if power.standardize:
        numbers = _invert_standard(power._scaler, numbers)  # noqa: SLF001 - nothing public
    (exponent,) = power.lambdas_
    if power.method == "box-cox":
        return _raise(numbers, exponent)
    return np.where(numbers >= 0, _raise(numbers, exponent) - 1, 1 - _raise(-numbers, 2 - exponent))


def _raise(numbers: Any, exponent: float) -> Any:
    """Return the number whose power was standardized, or whose logarithm was taken."""
    if exponent == 0:
        return np.exp(numbers)
    return np.exp(np.log1p(numbers * exponent) / exponent)


_INVERSES: dict[type, Callable[[Any, Any], Any]] = {
    StandardScaler: _invert_standard,
    MaxAbsScaler: lambda scaler, numbers: numbers * scaler.scale_,
    MinMaxScaler: _invert_range,
    RobustScaler: _invert_robust,
    PowerTransformer: _invert_power,
}
