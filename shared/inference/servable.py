"""A loaded model behind one interface: rows in, predictions out."""

import os
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import onnxruntime

from shared.contract.documents import JOBLIB_MEDIA_TYPE, ONNX_MEDIA_TYPE, Artefact
from shared.errors import ServableError
from shared.store.models import ModelBytes

Rows = npt.NDArray[np.float64]
"""Feature rows, shape [n, features], in the order of the artefact's features;
`shared.inference.feature_encoding` says how values that are no numbers are held."""

AnyRows = npt.NDArray[np.floating[Any]]
"""The same, in float32 or float64: models in ONNX compute in float32, and a large request that
comes in it is not copied."""

ONNX_ALONE = {
    # Where weights outside of the model's own bytes would be: nothing is beneath this path. By
    # default some are looked for beneath the directory that the process happens to run in.
    "session.model_external_initializers_file_folder_path": os.devnull,
    # onnxruntime would take its own format under any name.
    "session.load_model_format": "ONNX",
}
"""Options of a session: a model is the bytes that were verified, and those are ONNX."""

BATCH_ROWS = 4096
"""Rows in one call where many are scored."""


@dataclass(frozen=True)
class Predictions:
    """What a model answers for n rows."""

    values: npt.NDArray[Any]
    """Shape [n]: the class index (int64) of a classifier, the number (float64) of a regressor."""
    probabilities: npt.NDArray[Any] | None
    """Shape [n, classes], float32 or float64, or None where the model gives none."""


class Servable(Protocol):
    """Something that predicts; it is called from any thread and keeps no state."""

    def predict(self, rows: AnyRows) -> Predictions:
        """Predict for *rows*; ServableError when the model fails on them."""


class OnnxServable:
    """An ONNX model in onnxruntime, on one thread."""

    def __init__(self, model: bytes, artefact: Artefact) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        for key, value in ONNX_ALONE.items():
            options.add_session_config_entry(key, value)
        try:
            self._session = onnxruntime.InferenceSession(
                model, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's errors share no base class
            raise ServableError(f"onnxruntime cannot load the model: {error}") from error
        self._input = self._session.get_inputs()[0].name
        wanted = 1 + artefact.has_probabilities
        self._outputs = [output.name for output in self._session.get_outputs()][:wanted]
        self._is_classifier = artefact.task == "classification"

    def predict(self, rows: AnyRows) -> Predictions:
        """Predict for *rows*.

        A lone row is padded to two: a linear model's last bit differs between one row and more,
        and an answer must not depend on the rows that happen to share its call.
        """
        count = len(rows)
        features = rows.astype(np.float32, copy=False)
        if count == 1:
            features = np.concatenate((features, features))
        try:
            outputs = self._session.run(self._outputs, {self._input: features})
        except Exception as error:  # onnxruntime's errors share no base class
            raise ServableError(f"The model failed on {count} rows: {error}") from error
        values = np.asarray(outputs[0]).reshape(len(features), -1)[:count, 0]
        kind = np.int64 if self._is_classifier else np.float64
        probabilities = np.asarray(outputs[1])[:count] if len(outputs) > 1 else None
        return Predictions(values.astype(kind, copy=False), probabilities)


def predict_in_batches(servable: Servable, rows: AnyRows, size: int = BATCH_ROWS) -> Predictions:
    """Predict for any number of rows in bounded memory.

    A kernel or neighbour model needs memory for rows times training rows in one call. No answer
    depends on the batch it is in.
    """
    if len(rows) <= size:
        return servable.predict(rows)
    parts = [servable.predict(rows[start : start + size]) for start in range(0, len(rows), size)]
    probabilities = [part.probabilities for part in parts if part.probabilities is not None]
    return Predictions(
        np.concatenate([part.values for part in parts]),
        np.concatenate(probabilities) if probabilities else None,
    )


def build_servable(model: ModelBytes, *, allow_joblib: bool) -> Servable:
    """Build the servable of a verified model.

    Raises ServableError when the format is not allowed, or the model cannot be loaded.
    """
    media_type = model.artefact.model.media_type
    if media_type == ONNX_MEDIA_TYPE:
        return OnnxServable(model.model, model.artefact)
    if media_type == JOBLIB_MEDIA_TYPE:
        if not allow_joblib:
            raise ServableError(
                "The model is a pickle, and loading one runs code. "
                "Set ALLOW_JOBLIB=true on the trainer, gatekeeper and predictor to accept it."
            )
        from shared.inference.joblib_servable import JoblibServable  # noqa: PLC0415 - imports unpickling code

        return JoblibServable(model.model, model.artefact)
    raise ServableError(f"No servable reads the media type {media_type!r}.")
