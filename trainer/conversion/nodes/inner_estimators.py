"""Add the estimators inside another one to a model, and read their outputs."""

import copy
from typing import Any

import numpy as np
from skl2onnx._supported_operators import sklearn_operator_name_map
from skl2onnx.common.data_types import Int64TensorType
from sklearn.pipeline import Pipeline

from trainer.conversion.nodes.onnx_nodes import NodeBuilder, number_type, tensor_type

_RAW = "raw_scores"


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


def add_raw_scores(scope: Any, operator: Any, container: Any, classifier: Any) -> str:
    """Add a classifier for its decision function; return the name of the scores of all classes.

    It is a copy, because skl2onnx keeps options for each object.
    """
    copied, last = _copy_with_last_step(classifier)
    if not container.has_options(last, _RAW):
        raise NotImplementedError(
            f"the decision_function of {type(last).__name__} has no converter here"
        )
    container.add_options(id(last), {_RAW: True})
    scope.add_options(id(last), {_RAW: True})
    _, scores = add_classifier(scope, operator, copied)
    return str(scores)


def _copy_with_last_step(classifier: Any) -> tuple[Any, Any]:
    """Return copies of a classifier, and of the one that decides in it if it is a pipeline."""
    copied = copy.copy(classifier)
    if not isinstance(classifier, Pipeline):
        return copied, copied
    name, last = classifier.steps[-1]
    copied_last, deciding = _copy_with_last_step(last)
    copied.steps = [*classifier.steps[:-1], (name, copied_last)]
    return copied, deciding


def select_columns(scope: Any, operator: Any, nodes: NodeBuilder, columns: Any) -> list[Any]:
    """Return the inputs of an estimator that was fitted on some columns of the operator's input."""
    (tensor,) = operator.inputs
    if np.array_equal(columns, np.arange(operator.raw_operator.n_features_in_)):
        return [tensor]
    selected = scope.declare_local_variable("columns", tensor_type(operator, len(columns)))
    nodes.add(
        "Gather",
        [tensor.full_name, nodes.constant(np.asarray(columns, dtype=np.int64))],
        selected.full_name,
        axis=1,
    )
    return [selected]


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
