"""Convert a fitted pipeline to the bytes of an ONNX model, equal bytes for equal pipelines.

The small converters here correct skl2onnx 1.20. The numbers are those of its issues at
https://github.com/onnx/sklearn-onnx/issues.
"""

import warnings
from enum import Enum
from typing import Any

import numpy as np
import onnx
from skl2onnx import convert_sklearn
from skl2onnx._parse import _parse_sklearn  # skl2onnx has no public function for it
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType
from skl2onnx.helpers.onnx_helper import select_model_inputs_outputs
from skl2onnx.sklapi import CastTransformer
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.pipeline import Pipeline
from sklearn.svm import LinearSVC

from shared.contract.documents import NumberType
from shared.errors import ExportError
from trainer.candidates.array_input import remove_array_steps
from trainer.candidates.estimator_text import describe_error
from trainer.conversion.boosted_trees import register_boosters
from trainer.conversion.canonical_names import make_canonical
from trainer.conversion.class_order import reorder_classes
from trainer.conversion.corrections import correcting_converters, correcting_shapes
from trainer.conversion.folded_scalers import fold_scalers
from trainer.conversion.functions.column_layout import Layouts
from trainer.conversion.functions.function_steps import FunctionSteps
from trainer.conversion.functions.guards import Guards, Refused
from trainer.conversion.functions.own_types import (
    find_own_predictor,
    find_own_types,
    possible_strings_of,
)
from trainer.conversion.functions.transformed_target import (
    convert_target,
    parse_target,
    set_target_shape,
)
from trainer.conversion.idle_nodes import remove_idle_nodes
from trainer.conversion.nodes.operator_sets import ACCEPTED, DOMAIN, NEWEST, declare_operator_set
from trainer.conversion.probabilities import replace_zip_map
from trainer.conversion.row_input import RowInput
from trainer.conversion.sklearn_boosters import booster_converters
from trainer.conversion.sklearn_trees import tree_converters
from trainer.conversion.thresholds import apply_threshold, split_threshold
from trainer.dataset.dataset import DataSchema

TARGET_OPSET = {"": 18, DOMAIN: NEWEST}
"""The newest operator sets of our models. A higher version changes the bytes of every model."""
INPUT = "features"
LIST = "docs/estimators.md#conversion-to-onnx lists estimators that convert"
_READING_FLOAT32 = (
    *("sklearn.tree.", "sklearn.ensemble._forest", "sklearn.ensemble._gb", "xgboost."),
)


class Precision(Enum):
    """The floating point type that a model computes with. scikit-learn computes with float64."""

    NARROW = "float32"
    """For trees that read float32 themselves."""
    WIDE = "float64"
    """As scikit-learn, if the operators support it."""
    WIDE_UNTIL_ESTIMATOR = "float64 until the last step"
    """For estimators whose operators have no float64."""

    @property
    def number_type(self) -> NumberType:
        """The type of the rows that the model takes."""
        return "float32" if self is Precision.NARROW else "float64"


def suitable_precisions(pipeline: Any, *, needs_float64: bool = False) -> list[Precision]:
    """Return the precisions to try for a fitted pipeline, the best first.

    float32 is only for trees that read float32 themselves, unless the data *needs_float64*. Other
    answers may follow from a small difference of large numbers, or from a number just beside a
    threshold. No rows prove that float32 suffices for every row.
    Raises ExportError for a threshold that has no converter.
    """
    pipeline, threshold = split_threshold(pipeline)
    pipeline = remove_array_steps(pipeline)
    reads_float32 = type(pipeline).__module__.startswith(_READING_FLOAT32)
    if reads_float32 and threshold is None and not needs_float64:
        return [Precision.NARROW, Precision.WIDE]
    last = [Precision.WIDE_UNTIL_ESTIMATOR] if isinstance(pipeline, Pipeline) else []
    return [Precision.WIDE, *last]


def to_onnx(
    pipeline: Any,
    schema: DataSchema,
    precision: Precision = Precision.NARROW,
    *,
    has_probabilities: bool,
    refused: Refused = Refused.INFINITE,
    own_indices: tuple[int, ...] | None = None,
) -> bytes:
    """Convert a fitted classifier or regressor.

    The model takes one tensor [n, features] in the encoding of
    `shared.inference.feature_encoding`, float32 for `Precision.NARROW` and float64 otherwise. A
    classifier returns class indices, int64 [n], and with *has_probabilities* the probabilities,
    float32 [n, classes]. A regressor returns numbers [n, 1] in the type of its last step.
    *refused* are the results of a function of the user for which there is no answer.
    *own_indices* has, for each class of the schema, the index that the classifier predicts.
    Raises ExportError if it cannot be converted.
    """
    guards = Guards(refused)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they are for the authors of converters
            classifier, threshold = split_threshold(pipeline)
            classifier = remove_array_steps(classifier)
            has_threshold = threshold is not None
            model = _convert(classifier, schema, precision, guards, has_threshold=has_threshold)
            if threshold is not None:
                apply_threshold(model, threshold)
            if has_probabilities:
                is_wide = precision is Precision.WIDE
                replace_zip_map(model, len(schema.classes), is_wide=is_wide)
            elif schema.classes:  # its second output are scores, not probabilities
                model = _keep_labels(model)
            reorder_classes(model, own_indices)
            guards.apply(model)
    except ExportError:
        raise
    except Exception as error:  # converters raise errors of many types
        reason = describe_error(error)
        if name := find_own_predictor(pipeline):
            reason = (
                f"a served model holds no Python code, so it cannot hold the class {name}; {LIST}"
            )
        raise ExportError(f"it does not convert to ONNX ({reason})") from error
    remove_idle_nodes(model)
    fold_scalers(model)
    declare_operator_set(model)
    make_canonical(model)
    return bytes(model.SerializeToString(deterministic=True))


def _convert(
    pipeline: Any,
    schema: DataSchema,
    precision: Precision,
    guards: Guards,
    *,
    has_threshold: bool,
) -> onnx.ModelProto:
    is_wide = precision is not Precision.NARROW
    layouts = Layouts()
    reader = RowInput(schema.features, layouts, wide=is_wide)
    own_types = find_own_types(pipeline)
    functions = FunctionSteps(layouts, guards, possible_strings_of(pipeline, schema.features))
    input_type = DoubleTensorType if is_wide else FloatTensorType
    if precision is Precision.WIDE_UNTIL_ESTIMATOR:
        narrow = ("narrow", CastTransformer(dtype=np.float32))
        pipeline = Pipeline([("before", pipeline[:-1]), narrow, ("estimator", pipeline[-1])])
    if reader.is_needed or own_types:
        pipeline = Pipeline([("rows", reader), ("model", pipeline)])
    register_boosters()
    # An encoder may turn an unseen category into a missing value, and a function any value.
    may_be_missing = bool(own_types) or any(
        each.nullable or each.categories for each in schema.features
    )
    # Without options: skl2onnx searches the estimators for them, which takes seconds for a large
    # forest.
    model: onnx.ModelProto = convert_sklearn(
        pipeline,
        name="model",  # the default is random
        initial_types=[(INPUT, input_type([None, len(schema.features)]))],
        target_opset=TARGET_OPSET | {DOMAIN: ACCEPTED},
        custom_conversion_functions={
            **tree_converters(may_be_missing=may_be_missing, has_threshold=has_threshold),
            **booster_converters(),
            **correcting_converters(is_wide=is_wide),
            RowInput: reader.convert,
            TransformedTargetRegressor: convert_target,
            **dict.fromkeys(own_types, functions.convert),
        },
        custom_shape_calculators={
            RowInput: lambda _operator: None,  # its parser sets the shapes
            **correcting_shapes(is_wide=is_wide),
            TransformedTargetRegressor: set_target_shape,
            **dict.fromkeys(own_types, functions.set_shape),
        },
        custom_parsers={
            RowInput: reader.parse,
            ColumnTransformer: reader.parse_columns,
            LinearSVC: _parse_without_options,
            TransformedTargetRegressor: parse_target,
            **dict.fromkeys(own_types, functions.parse),
        },
    )
    return model


def _parse_without_options(scope: Any, model: Any, inputs: Any, custom_parsers: Any) -> Any:
    """Remove the option zipmap, which LinearSVC refuses (as 1043 reports for KMeans)."""
    (scope.options or {}).pop(id(model), None)
    others = {type_: parse for type_, parse in custom_parsers.items() if type_ is not type(model)}
    return _parse_sklearn(scope, model, inputs, custom_parsers=others)


def _keep_labels(model: onnx.ModelProto) -> onnx.ModelProto:
    label = model.graph.output[0]
    selected: onnx.ModelProto = select_model_inputs_outputs(model, label.name)
    selected.graph.output[0].CopyFrom(label)  # the selection drops its type
    return selected
