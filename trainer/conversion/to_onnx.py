"""From a fitted pipeline to the bytes of an ONNX model: the same bytes for the same pipeline."""

import copy
import warnings
from enum import Enum
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper
from skl2onnx import convert_sklearn
from skl2onnx._parse import _parse_sklearn  # a parser is given no other way to go on
from skl2onnx.common.data_types import FloatTensorType
from skl2onnx.helpers.onnx_helper import select_model_inputs_outputs
from skl2onnx.operator_converters.linear_classifier import convert_sklearn_linear_classifier
from skl2onnx.operator_converters.voting_classifier import convert_voting_classifier
from skl2onnx.sklapi import CastTransformer
from sklearn.compose import ColumnTransformer
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import VotingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.svm import LinearSVC

from shared.errors import ExportError
from trainer.candidates.estimator_text import describe_error
from trainer.conversion.boosted_trees import register_boosters
from trainer.conversion.canonical_names import make_canonical
from trainer.conversion.imputer import convert_imputer, set_imputer_shape
from trainer.conversion.row_input import RowInput
from trainer.conversion.sklearn_trees import tree_converters
from trainer.dataset.schema import DataSchema

TARGET_OPSET = {"": 18, "ai.onnx.ml": 3}
"""Operators that runtimes have known for years. Raising it changes the bytes of every model."""
INPUT = "features"
_WITH_TREES = ("sklearn.tree.", "sklearn.ensemble.", "xgboost.", "lightgbm.")
_CLIP_BY_ATTRIBUTES, _CLIP_BY_INPUTS = 6, 11


class Precision(Enum):
    """Which numbers a model computes with; those of scikit-learn are float64."""

    NARROW = "float32"
    """Fastest. What is scaled or imputed first may differ in the last bit, and trees behind it
    then send a row to the other side."""
    WIDE = "float64"
    """As scikit-learn, wherever the operators can."""
    WIDE_UNTIL_ESTIMATOR = "float64 until the last step"
    """For estimators that read float32, as trees do, or whose operators do."""


def suitable_precisions(pipeline: Any) -> list[Precision]:
    """The precisions that suit a fitted pipeline, the best first.

    Behind another step, trees get what that step computed, and rows that differ in the last bit
    can end in another leaf. That few rows of the data do proves nothing about others.
    """
    found = [pipeline, *pipeline.get_params().values()]
    has_steps = any(isinstance(value, Pipeline) for value in found)
    has_trees = any(type(value).__module__.startswith(_WITH_TREES) for value in found)
    first = [] if has_steps and has_trees else [Precision.NARROW]
    last = [Precision.WIDE_UNTIL_ESTIMATOR] if isinstance(pipeline, Pipeline) else []
    return [*first, Precision.WIDE, *last]


def to_onnx(
    pipeline: Any,
    schema: DataSchema,
    precision: Precision = Precision.NARROW,
    *,
    has_probabilities: bool,
) -> bytes:
    """Convert a fitted classifier or regressor.

    The model takes one float32 tensor [n, features], as `shared.inference.feature_encoding`
    describes it. A classifier gives the class index, int64 [n], then, where it has them, the
    probabilities, float32 [n, classes]; a regressor its number, float32 [n, 1].
    Raises ExportError for what skl2onnx cannot convert.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they are for the converters' authors
            model = _convert(pipeline, schema, precision)
            if has_probabilities:
                is_wide = precision is Precision.WIDE
                _replace_zip_map(model, len(schema.classes), is_wide=is_wide)
            elif schema.classes:  # its second output would be scores that are no probabilities
                model = _keep_labels(model)
            else:
                _cast_output_to_float32(model)
    except Exception as error:  # converters raise whatever they stumble over
        raise ExportError(f"it does not convert to ONNX ({describe_error(error)})") from error
    make_canonical(model)
    return bytes(model.SerializeToString(deterministic=True))


def _convert(pipeline: Any, schema: DataSchema, precision: Precision) -> onnx.ModelProto:
    reader = RowInput(schema.features, wide=precision is not Precision.NARROW)
    if precision is Precision.WIDE_UNTIL_ESTIMATOR:
        narrow = ("narrow", CastTransformer(dtype=np.float32))
        pipeline = Pipeline([("before", pipeline[:-1]), narrow, ("estimator", pipeline[-1])])
    if reader.is_needed:
        pipeline = Pipeline([("rows", reader), ("model", pipeline)])
    register_boosters()
    may_be_missing = any(feature.nullable for feature in schema.features)
    # No options: looking for the estimators that they are meant for takes skl2onnx seconds on a
    # large forest.
    model: onnx.ModelProto = convert_sklearn(
        pipeline,
        name="model",  # without it, a random one
        initial_types=[(INPUT, FloatTensorType([None, len(schema.features)]))],
        target_opset=TARGET_OPSET,
        custom_conversion_functions={
            **tree_converters(may_be_missing=may_be_missing),
            VotingClassifier: _convert_voting,
            SimpleImputer: convert_imputer,
            LinearDiscriminantAnalysis: _convert_discriminant,
            RowInput: reader.convert,
        },
        custom_shape_calculators={
            RowInput: lambda _operator: None,  # its parser knows them
            SimpleImputer: set_imputer_shape,
        },
        custom_parsers={
            RowInput: reader.parse,
            ColumnTransformer: reader.parse_columns,
            LinearSVC: _parse_without_options,
        },
    )
    return model


def _parse_without_options(scope: Any, model: Any, inputs: Any, custom_parsers: Any) -> Any:
    """Take back the option that skl2onnx gives the last step of a pipeline, and then refuses."""
    (scope.options or {}).pop(id(model), None)
    others = {kind: parse for kind, parse in custom_parsers.items() if kind is not type(model)}
    return _parse_sklearn(scope, model, inputs, custom_parsers=others)


def _convert_discriminant(scope: Any, operator: Any, container: Any) -> None:
    """Convert it as the logistic regression that it predicts as; skl2onnx takes the wrong link."""
    fitted = operator.raw_operator
    same = LogisticRegression()
    same.coef_, same.intercept_, same.classes_ = fitted.coef_, fitted.intercept_, fitted.classes_
    operator.raw_operator = same
    convert_sklearn_linear_classifier(scope, operator, container)


def _convert_voting(scope: Any, operator: Any, container: Any) -> None:
    """Convert what predicts; the parameter is about what transforms, and stops skl2onnx."""
    operator.raw_operator = copy.copy(operator.raw_operator)
    operator.raw_operator.flatten_transform = False
    convert_voting_classifier(scope, operator, container)


def _replace_zip_map(model: onnx.ModelProto, classes: int, *, is_wide: bool) -> None:
    """Make the last step, a list of dictionaries of the probabilities, a tensor between 0 and 1.

    Sums of float32 can lie beyond: trees that agree gave 1.0000001, and the other class -1e-7.
    """
    graph = model.graph
    (zip_map,) = [node for node in graph.node if node.op_type == "ZipMap"]
    (raw,), (name,) = zip_map.input, zip_map.output
    graph.node.remove(zip_map)
    if is_wide:
        raw = _cast_to_float32(graph, raw)
    graph.node.append(_clip(model, raw, name))
    graph.output[1].CopyFrom(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, classes])
    )


def _clip(model: onnx.ModelProto, values: str, name: str) -> onnx.NodeProto:
    """A node that bounds *values* to 0 and 1, in the form of the model's operator set.

    The set is the least that the other nodes need, and stays it: a later one may read them anew.
    """
    versions = {entry.domain: entry.version for entry in model.opset_import}
    if versions.get("", 0) < _CLIP_BY_INPUTS:
        if versions.get("", 0) < _CLIP_BY_ATTRIBUTES:
            model.opset_import.append(helper.make_opsetid("", _CLIP_BY_ATTRIBUTES))
        return helper.make_node("Clip", [values], [name], min=0.0, max=1.0)
    bounds = {"least": 0.0, "most": 1.0}
    model.graph.initializer.extend(
        helper.make_tensor(bound, TensorProto.FLOAT, [], [value]) for bound, value in bounds.items()
    )
    return helper.make_node("Clip", [values, *bounds], [name])


def _cast_output_to_float32(model: onnx.ModelProto) -> None:
    """Make a regressor's output float32, where it is not."""
    (output,) = model.graph.output
    kind = output.type.tensor_type
    if kind.elem_type != TensorProto.FLOAT:
        output.name = _cast_to_float32(model.graph, output.name)
        kind.elem_type = TensorProto.FLOAT


def _cast_to_float32(graph: onnx.GraphProto, name: str) -> str:
    narrow = f"{name}_as_float32"
    graph.node.append(helper.make_node("Cast", [name], [narrow], to=TensorProto.FLOAT))
    return narrow


def _keep_labels(model: onnx.ModelProto) -> onnx.ModelProto:
    label = model.graph.output[0]
    selected: onnx.ModelProto = select_model_inputs_outputs(model, label.name)
    selected.graph.output[0].CopyFrom(label)  # with its type, which the selection forgets
    return selected
