"""Convert a fitted estimator, and run the model as a predictor does: on one thread."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime

from shared.contract.documents import Feature
from trainer.conversion.to_onnx import Precision, suitable_precisions, to_onnx
from trainer.dataset.dataset import DataSchema

TYPES = {"tensor(float)": np.float32, "tensor(double)": np.float64}


@dataclass(frozen=True)
class Answers:
    """The answers of a model for some rows."""

    values: npt.NDArray[Any]
    probabilities: npt.NDArray[Any] | None


def converted(
    estimator: Any, precision: Precision | None = None, *, nullable: bool = True
) -> bytes:
    """Convert an estimator that was fitted on class indices, or on numbers."""
    features = tuple(
        Feature(name=f"x{index}", type="number", nullable=True)
        for index in range(estimator.n_features_in_)
    )
    classes = tuple(map(str, getattr(estimator, "classes_", ())))
    schema = DataSchema("classification" if classes else "regression", features, classes)
    return to_onnx(
        estimator,
        schema,
        precision or suitable_precisions(estimator)[0],
        has_probabilities=hasattr(estimator, "predict_proba"),
    )


def served(model: bytes, rows: npt.NDArray[np.float64]) -> Answers:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options)
    (features,) = session.get_inputs()
    outputs = session.run(None, {features.name: rows.astype(TYPES[features.type])})
    return Answers(np.ravel(outputs[0]), outputs[1] if len(outputs) > 1 else None)


def assert_served_as_fitted(
    estimator: Any, rows: npt.NDArray[np.float64], precision: Precision | None = None
) -> None:
    """Assert equal labels, and numbers that differ at most by the rounding to float32."""
    answers = served(converted(estimator, precision), rows)
    if not hasattr(estimator, "classes_"):
        assert np.allclose(answers.values, estimator.predict(rows), rtol=2e-6, atol=0.0)
        return
    assert answers.values.tolist() == estimator.predict(rows).tolist()
    if hasattr(estimator, "predict_proba"):
        wanted = estimator.predict_proba(rows)
        assert answers.probabilities is not None
        assert np.abs(answers.probabilities - wanted).max() < 1e-6


def operators(model: bytes) -> list[str]:
    return [node.op_type for node in onnx.load_from_string(model).graph.node]
