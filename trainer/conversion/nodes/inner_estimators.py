"""Add the estimators inside another one to a model, and read their outputs."""

from typing import Any

import numpy as np
from skl2onnx._supported_operators import sklearn_operator_name_map
from skl2onnx.common.data_types import Int64TensorType

from trainer.conversion.nodes.onnx_nodes import NodeBuilder, number_type, tensor_type


def add_classifier(scope: Any, operator: Any, classifier: Any, inputs: Any = None) -> Any:
    """Declare a classifier with the inputs of *operator*; return the names of its outputs.

    These are labels [n] and probabilities, or scores for a classifier without probabilities.
    skl2onnx converts it later.
    """
    inner = scope.declare_local_operator(_name_of(classifier), classifier)
    inner.inputs = inputs or operator.inputs
    classes = len(classifier.classes_)
    inner.outputs.append(scope.declare_local_variable("label", Int64TensorType([None])))
    inner.outputs.append(scope.declare_local_variable("scores", tensor_type(operator, classes)))
    return tuple(output.full_name for output in inner.outputs)


def add_regressor(scope: Any, operator: Any, regressor: Any, inputs: Any = None) -> Any:
    """Declare a regressor as above; return the name of its output [n, 1]."""
    inner = scope.declare_local_operator(_name_of(regressor), regressor)
    inner.inputs = inputs or operator.inputs
    inner.outputs.append(scope.declare_local_variable("number", tensor_type(operator, 1)))
    return inner.outputs[0].full_name


def to_number_type(nodes: NodeBuilder, operator: Any, values: str) -> str:
    """Cast *values* to the type that *operator* computes in."""
    return nodes.add("Cast", [values], to=number_type(operator)[1])


def last_column(nodes: NodeBuilder, values: str, columns: int) -> str:
    """Return the last of the columns, [n, 1]."""
    return nodes.add("Gather", [values, nodes.constant(np.array([columns - 1]))], axis=1)


def _name_of(estimator: Any) -> str:
    name = sklearn_operator_name_map.get(type(estimator))
    if name is None:
        raise NotImplementedError(f"{type(estimator).__name__} inside it has no converter")
    return str(name)
