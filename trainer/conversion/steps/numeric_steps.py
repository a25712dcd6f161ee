"""Convert PolynomialFeatures, PowerTransformer, Normalizer and selections of columns to ONNX.

The converters of skl2onnx 1.20 have these faults; no issue reports them:

- PolynomialFeatures and PowerTransformer fail for float64, which far values and trees need;
- Normalizer(norm="max") takes the largest value instead of the largest size;
- SelectFromModel, and a selection of the only column, give models that onnxruntime cannot load.
"""

from typing import Any

import numpy as np

from trainer.conversion.nodes.onnx_nodes import NodeBuilder, join_columns, number_type, tensor_type

_TINY = 10 * float(np.finfo(np.float64).eps)
"""A norm below this counts as 0, as in scikit-learn."""
_ALMOST_ZERO = 1e-9
"""A power this near to 0 is the logarithm: the formula would divide by it."""


def set_shape(operator: Any) -> None:
    """Set the output's type, as skl2onnx calls a shape calculator."""
    width = len(operator.raw_operator.get_feature_names_out())
    operator.outputs[0].type = tensor_type(operator, width)


def convert_polynomial(scope: Any, operator: Any, container: Any) -> None:
    """Multiply the inputs of each term; a constant 1 fills up terms of a lower degree."""
    nodes, (number, _) = NodeBuilder(scope, container), number_type(operator)
    powers = operator.raw_operator.powers_
    one = powers.shape[1]
    degree = max(int(powers.sum(axis=1).max()), 1)
    factors = np.full((degree, len(powers)), one)
    for term, row in enumerate(powers):
        inputs = np.repeat(np.arange(one), row)
        factors[: len(inputs), term] = inputs
    values = nodes.add(
        "Pad",
        [
            join_columns(nodes, operator),
            nodes.constant(np.array([0, 0, 0, 1])),
            nodes.constant(np.array(1.0, dtype=number)),
        ],
    )
    product = ""
    for indices in factors:
        factor = nodes.add("Gather", [values, nodes.constant(indices)], axis=1)
        product = nodes.add("Mul", [product, factor]) if product else factor
    nodes.add("Identity", [product], operator.outputs[0].full_name)


def convert_normalizer(scope: Any, operator: Any, container: Any) -> None:
    """Divide each row by its norm; a row of zeros stays."""
    nodes, (number, _) = NodeBuilder(scope, container), number_type(operator)
    values = join_columns(nodes, operator)
    norm = operator.raw_operator.norm
    axis = nodes.constant(np.array([1]))
    sizes = nodes.add("Abs", [values])
    if norm == "l2":
        squares = nodes.add("Mul", [values, values])
        size = nodes.add("Sqrt", [nodes.add("ReduceSum", [squares, axis], keepdims=1)])
    else:
        kind = "ReduceSum" if norm == "l1" else "ReduceMax"
        size = nodes.add(kind, [sizes, axis], keepdims=1)
    is_zero = nodes.add("Less", [size, nodes.constant(np.array(_TINY, dtype=number))])
    size = nodes.add("Where", [is_zero, nodes.constant(np.array(1.0, dtype=number)), size])
    nodes.add("Div", [values, size], operator.outputs[0].full_name)


def convert_selection(scope: Any, operator: Any, container: Any) -> None:
    """Keep the selected columns."""
    nodes = NodeBuilder(scope, container)
    kept = nodes.constant(operator.raw_operator.get_support(indices=True).astype(np.int64))
    values = join_columns(nodes, operator)
    nodes.add("Gather", [values, kept], operator.outputs[0].full_name, axis=1)


def convert_power(scope: Any, operator: Any, container: Any) -> None:
    """Compute the power of each column, and standardize it."""
    power, nodes = operator.raw_operator, NodeBuilder(scope, container)
    number, _ = number_type(operator)

    def constant(values: Any) -> str:
        return nodes.constant(np.asarray(values, dtype=number))

    def transform(sizes: str, lambdas: Any) -> str:
        """Return (sizes ** lambda - 1) / lambda, or the logarithm where lambda is 0."""
        is_log = np.abs(lambdas) < _ALMOST_ZERO
        logs = nodes.add("Log", [sizes])
        safe = np.where(is_log, 1.0, lambdas)
        powers = nodes.add("Exp", [nodes.add("Mul", [logs, constant(safe)])])
        result = nodes.add("Div", [nodes.add("Sub", [powers, constant(1.0)]), constant(safe)])
        if not is_log.any():
            return result
        return nodes.add("Where", [nodes.constant(is_log), logs, result])

    values = join_columns(nodes, operator)
    if power.method == "box-cox":
        result = transform(values, power.lambdas_)
    else:
        zero, one = constant(0.0), constant(1.0)
        is_negative = nodes.add("Less", [values, zero])
        sizes = nodes.add("Add", [nodes.add("Abs", [values]), one])
        above = transform(sizes, power.lambdas_)
        below = nodes.add("Neg", [transform(sizes, 2.0 - power.lambdas_)])
        result = nodes.add("Where", [is_negative, below, above])
    if power.standardize:
        scaler = power._scaler  # noqa: SLF001 - nothing public
        result = nodes.add("Sub", [result, constant(scaler.mean_)])
        result = nodes.add("Div", [result, constant(scaler.scale_)])
    nodes.add("Identity", [result], operator.outputs[0].full_name)
