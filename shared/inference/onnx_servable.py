"""An ONNX model, run by onnxruntime."""

import os

import numpy as np
import onnxruntime

from shared.contract.documents import Artefact
from shared.errors import ServableError
from shared.inference.servable import AnyRows, Predictions

ONNX_ALONE = {
    # Where weights outside of the model's own bytes would be: nothing is beneath this path. By
    # default some are looked for beneath the directory that the process happens to run in.
    "session.model_external_initializers_file_folder_path": os.devnull,
    # onnxruntime would take its own format under any name.
    "session.load_model_format": "ONNX",
}
"""Options of a session: a model is the bytes that were verified, and those are ONNX."""


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
