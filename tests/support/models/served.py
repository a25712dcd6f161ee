"""Models of every kind that the predictor serves, with real model files."""

import io
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import joblib
import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper
from sklearn.base import is_classifier
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from shared.contract.documents import (
    JOBLIB_MEDIA_TYPE,
    JSON_MEDIA_TYPE,
    ONNX_MEDIA_TYPE,
    Artefact,
    Descriptor,
    Feature,
    NumberType,
    Task,
)
from shared.contract.golden_rows import GoldenRows
from shared.contract.layout import ARTEFACT, GOLDEN, JOBLIB_MODEL, ONNX_MODEL
from shared.inference.build import build_servable
from shared.inference.dataframe import to_frame
from shared.inference.golden_rows import record_golden_rows
from shared.inference.onnx_reading.onnx_opsets import STANDARD
from shared.store.models import ModelBytes
from tests.support.models.toy import CLASSES, ToyModel, toy_rows


def model_around(
    served: bytes,
    features: Sequence[str | Feature],
    rows: npt.NDArray[np.float64],
    *,
    task: Task = "classification",
    classes: Sequence[str] = CLASSES,
    has_probabilities: bool = True,
    is_joblib: bool = False,
    number_type: NumberType = "float32",
) -> ToyModel:
    """Build the artefact of *served*, with its predictions for *rows* as golden rows.

    A feature that is only a name is a number.
    """
    name, media_type = (
        (JOBLIB_MODEL, JOBLIB_MEDIA_TYPE) if is_joblib else (ONNX_MODEL, ONNX_MEDIA_TYPE)
    )
    draft = Artefact(
        task=task,
        features=tuple(
            feature if isinstance(feature, Feature) else Feature(name=feature, type="number")
            for feature in features
        ),
        classes=tuple(classes),
        has_probabilities=has_probabilities,
        number_type=number_type,
        model=Descriptor.describe(name, media_type, served),
        golden=Descriptor.describe(GOLDEN, JSON_MEDIA_TYPE, b""),
    )
    unproved = GoldenRows(rows=((0.0,),), predictions=(), probabilities=None)
    servable = build_servable(ModelBytes("", draft, unproved, served, ()), allow_joblib=True)
    document = record_golden_rows(rows, servable.predict(rows)).encode()
    artefact = draft.model_copy(
        update={"golden": Descriptor.describe(GOLDEN, JSON_MEDIA_TYPE, document)}
    )
    return ToyModel({ARTEFACT: artefact.encode(), GOLDEN: document, name: served}, artefact)


def with_opsets(served: bytes, versions: Mapping[str, int]) -> bytes:
    """Change the operator sets that an ONNX model imports."""
    model = onnx.load_from_string(served)
    del model.opset_import[:]
    for domain, version in versions.items():
        name = "" if domain == STANDARD else domain
        model.opset_import.append(helper.make_opsetid(name, version))
    return bytes(model.SerializeToString())


def toy_regressor(weights: Sequence[float] = (1.0, 2.0)) -> ToyModel:
    """Build a regressor that predicts the weighted sum of the features."""
    nodes = [helper.make_node("MatMul", ["rows", "table"], ["variable"])]
    table = np.array([[weight] for weight in weights], dtype=np.float32)
    return _regressor(nodes, table, toy_rows(features=len(weights)))


def model_that_fails_above_three() -> ToyModel:
    """Build a regressor that predicts 10 times its feature and fails above 3."""
    nodes = [
        helper.make_node("Cast", ["rows"], ["index"], to=TensorProto.INT64),
        helper.make_node("Gather", ["table", "index"], ["variable"]),
    ]
    return _regressor(
        nodes, np.array([0, 10, 20, 30], dtype=np.float32), np.array([[0.0], [1.0], [2.0], [3.0]])
    )


def float64_regressor(features: Sequence[str | Feature] = ("seconds",)) -> ToyModel:
    """Build a regressor that takes float64 and predicts its first feature, with all digits."""
    nodes = [helper.make_node("Gather", ["rows", "table"], ["variable"], axis=1)]
    rows = np.full((2, len(features)), 1.0)
    rows[:, 0] = [1_760_000_000.0, 1_760_000_060.5]
    return _regressor(nodes, np.array([0]), rows, features, number_type="float64")


def _regressor(
    nodes: list[onnx.NodeProto],
    table: npt.NDArray[Any],
    rows: npt.NDArray[np.float64],
    names: Sequence[str | Feature] = (),
    number_type: NumberType = "float32",
) -> ToyModel:
    names = names or [f"x{index}" for index in range(rows.shape[1])]
    number = TensorProto.DOUBLE if number_type == "float64" else TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "regressor",
        [helper.make_tensor_value_info("rows", number, [None, len(names)])],
        [helper.make_tensor_value_info("variable", number, [None, 1])],
        [onnx.numpy_helper.from_array(table, "table")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return model_around(
        bytes(model.SerializeToString()),
        names,
        rows,
        task="regression",
        classes=(),
        has_probabilities=False,
        number_type=number_type,
    )


def breast_cancer_model(estimator: object, *, is_joblib: bool = False) -> ToyModel:
    """Build the artefact of an estimator fitted on scikit-learn's breast cancer data."""
    data = load_breast_cancer()
    fitted = breast_cancer_pipeline(estimator)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn and skl2onnx warn about each other
        served = pickled(fitted) if is_joblib else exported(fitted)
    names = [str(name) for name in data.feature_names]
    classes = [str(name) for name in data.target_names]
    is_classes = is_classifier(estimator)
    return model_around(
        served,
        names,
        data.data[400:408],
        task="classification" if is_classes else "regression",
        classes=classes if is_classes else (),
        has_probabilities=is_classes,
        is_joblib=is_joblib,
    )


def breast_cancer_pipeline(estimator: object) -> Pipeline:
    """Fit the scikit-learn pipeline that `breast_cancer_model` exports."""
    data = load_breast_cancer()
    features = [Feature(name=str(name), type="number") for name in data.feature_names]
    frame = to_frame(data.data[:400], features)
    return make_pipeline(StandardScaler(), estimator).fit(frame, data.target[:400])


def logistic_regression() -> ToyModel:
    return breast_cancer_model(LogisticRegression(max_iter=500))


def random_forest(trees: int = 20) -> ToyModel:
    return breast_cancer_model(RandomForestClassifier(trees, random_state=0))


def breast_cancer_rows(count: int) -> npt.NDArray[np.float64]:
    """Return rows of the breast cancer data, repeated as often as needed."""
    rows: npt.NDArray[np.float64] = np.resize(load_breast_cancer().data, (count, 30))
    return rows


def exported(fitted: object, features: int = 30) -> bytes:
    """Convert a fitted estimator to ONNX."""
    from skl2onnx import to_onnx  # noqa: PLC0415 - takes a second to import

    example = np.zeros((1, features), dtype=np.float32)
    options = {"zipmap": False} if is_classifier(fitted) else None
    model = to_onnx(fitted, example, options=options, target_opset=17)
    return bytes(model.SerializeToString())


def pickled(fitted: object) -> bytes:
    buffer = io.BytesIO()
    joblib.dump(fitted, buffer)
    return buffer.getvalue()
