"""Models with boolean, categorical and missing values, fitted and exported to ONNX by hand."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper
from sklearn.base import is_classifier
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from shared.contract.documents import Feature
from shared.inference.dataframe import MISSING_CATEGORY, to_frame
from shared.inference.feature_encoding import UNSEEN, Value, decode_value
from tests.support.models.served import model_around, pickled
from tests.support.models.toy import ToyModel

FEATURES = (
    Feature(name="age", type="number", minimum=18.0, maximum=90.0),
    Feature(name="fare", type="number", nullable=True),
    Feature(name="member", type="boolean"),
    Feature(name="colour", type="category", categories=("blue", "green", "red")),
    Feature(name="town", type="category", categories=("Bonn", "Oslo", "Rome"), nullable=True),
)
CLASSES = ("calm", "glad", "sad")
ROWS = np.array(
    [
        [41.0, np.nan, 1.0, 0.0, 2.0],
        [30.5, 7.25, 0.0, 2.0, np.nan],
        [22.0, 71.0, 1.0, 1.0, 1.0],
        [58.0, 512.5, 0.0, UNSEEN, 0.0],
    ]
)
"""Rows with a missing number, a missing category and an unseen one. The third has none of these."""
EXAMPLE: list[Value] = [22.0, 71.0, True, "green", "Oslo"]
"""The third row as JSON values."""
_NUMBERS = ["age", "fare", "member"]


def written(feature: Feature, number: float) -> Value:
    """Decode a value. UNSEEN becomes a category that is not in the training data."""
    is_unseen = feature.type == "category" and number == UNSEEN
    return "unheard of: " if is_unseen else decode_value(feature, number)


def mixed_rows(count: int) -> npt.NDArray[np.float64]:
    """Draw rows of FEATURES with some missing values and some unseen categories."""
    random = np.random.default_rng(0)
    rows = np.column_stack(
        [
            random.uniform(18, 90, count).round(1),
            random.lognormal(3, 1, count).round(2),
            random.integers(0, 2, count),
            random.integers(-1, 3, count),
            random.integers(-1, 3, count),
        ]
    )
    rows[random.random(count) < 0.2, 1] = np.nan
    rows[random.random(count) < 0.2, 4] = np.nan
    return rows


def mixed_pipeline(*, is_regressor: bool = False) -> Pipeline:
    """Fit a linear model on FEATURES."""
    rows = np.where((seen := mixed_rows(400)) == UNSEEN, 0.0, seen)
    target = rows[:, 0] / 40 + np.nan_to_num(rows[:, 4], nan=1.0) - rows[:, 2] * rows[:, 3]
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), _NUMBERS),
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["colour", "town"]),
    )
    model = LinearRegression() if is_regressor else LogisticRegression(max_iter=1000)
    answers = target if is_regressor else np.digitize(target, [0.5, 1.5])
    return make_pipeline(columns, model).fit(to_frame(rows, FEATURES), answers)


def mixed_model(*, is_regressor: bool = False, is_joblib: bool = False) -> ToyModel:
    """Build the artefact of `mixed_pipeline`."""
    built = _built(is_regressor=is_regressor, is_joblib=is_joblib)
    return replace(built, files=dict(built.files))


@cache
def _built(*, is_regressor: bool, is_joblib: bool) -> ToyModel:
    pipeline = mixed_pipeline(is_regressor=is_regressor)
    return model_around(
        pickled(pipeline) if is_joblib else _onnx(pipeline),
        FEATURES,
        ROWS,
        task="regression" if is_regressor else "classification",
        classes=() if is_regressor else CLASSES,
        has_probabilities=not is_regressor,
        is_joblib=is_joblib,
    )


def _onnx(pipeline: Pipeline) -> bytes:
    """Convert the pipeline to ONNX with one input of codes. NaN means missing."""
    columns, model = (step for _, step in pipeline.steps)
    (imputer, scaler), encoder = (
        [step for _, step in columns.transformers_[0][1].steps],
        columns.transformers_[1][1],
    )
    constants: dict[str, Any] = {
        "means": imputer.statistics_.astype(np.float32),
        "centre": scaler.mean_.astype(np.float32),
        "scale": scaler.scale_.astype(np.float32),
        "numbers": np.arange(len(_NUMBERS)),
        "coefficients": np.atleast_2d(model.coef_).T.astype(np.float32),
        "intercept": np.atleast_1d(model.intercept_).astype(np.float32),
    }
    nodes = [
        helper.make_node("Gather", ["rows", "numbers"], ["given"], axis=1),
        helper.make_node("IsNaN", ["given"], ["is_missing"]),
        helper.make_node("Where", ["is_missing", "means", "given"], ["imputed"]),
        helper.make_node("Sub", ["imputed", "centre"], ["centred"]),
        helper.make_node("Div", ["centred", "scale"], ["scaled"]),
    ]
    parts = ["scaled"]
    for place, texts in enumerate(encoder.categories_, len(_NUMBERS)):
        known = {text: code for code, text in enumerate(FEATURES[place].categories or ())}
        known[MISSING_CATEGORY] = len(known)
        name = FEATURES[place].name
        constants[f"{name}_place"] = np.array([place])
        constants[f"{name}_missing"] = np.array([known[MISSING_CATEGORY]], dtype=np.float32)
        constants[f"{name}_codes"] = np.array([[known[text] for text in texts]], dtype=np.float32)
        nodes += [
            helper.make_node("Gather", ["rows", f"{name}_place"], [f"{name}_given"], axis=1),
            helper.make_node("IsNaN", [f"{name}_given"], [f"{name}_is_missing"]),
            helper.make_node(
                "Where", [f"{name}_is_missing", f"{name}_missing", f"{name}_given"], [name]
            ),
            helper.make_node("Equal", [name, f"{name}_codes"], [f"{name}_is"]),
            helper.make_node("Cast", [f"{name}_is"], [f"{name}_one_hot"], to=TensorProto.FLOAT),
        ]
        parts.append(f"{name}_one_hot")
    nodes += [
        helper.make_node("Concat", parts, ["transformed"], axis=1),
        helper.make_node("MatMul", ["transformed", "coefficients"], ["products"]),
        helper.make_node("Add", ["products", "intercept"], ["scores"]),
    ]
    outputs = [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [None, 1])]
    if is_classifier(model):
        nodes += [
            helper.make_node("ArgMax", ["scores"], ["label"], axis=1, keepdims=0),
            helper.make_node("Softmax", ["scores"], ["probabilities"], axis=1),
        ]
        outputs = [
            helper.make_tensor_value_info("label", TensorProto.INT64, [None]),
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, 3]),
        ]
    graph = helper.make_graph(
        nodes,
        "mixed",
        [helper.make_tensor_value_info("rows", TensorProto.FLOAT, [None, len(FEATURES)])],
        outputs,
        [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(made.SerializeToString())
