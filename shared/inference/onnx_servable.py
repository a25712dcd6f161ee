"""An ONNX model, run by onnxruntime."""

import os

import numpy as np
import onnxruntime

from shared.contract.documents import Artefact
from shared.errors import ServableError
from shared.inference.servable import AnyRows, Predictions

ONNX_ALONE = {
    # The folder of weights in separate files: this path contains nothing. By default onnxruntime
    # reads such files from the current directory.
    "session.model_external_initializers_file_folder_path": os.devnull,
    # Otherwise onnxruntime accepts its own format too.
    "session.load_model_format": "ONNX",
}
"""Session options: the model is only the verified bytes, in the ONNX format."""

_TYPES = {"float32": "tensor(float)", "float64": "tensor(double)"}
"""onnxruntime's name of each `Artefact.number_type`."""


class OnnxServable:
    """An ONNX model that onnxruntime runs on one thread."""

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
        taken = self._session.get_inputs()[0]
        if taken.type != _TYPES[artefact.number_type]:
            raise ServableError(
                f"The model takes {taken.type}, but artefact.json says {artefact.number_type}, "
                f"which is {_TYPES[artefact.number_type]}."
            )
        self._input, self._number_type = taken.name, np.dtype(artefact.number_type)
        self._outputs = [output.name for output in self._session.get_outputs()]
        del self._outputs[1 + artefact.has_probabilities :]
        self._is_classifier = artefact.task == "classification"

    def predict(self, rows: AnyRows) -> Predictions:
        """Predict for *rows*, shape [n, features]; raise ServableError if the model fails.

        One row is padded to two, because a prediction must not depend on the other rows of its
        call. A linear model's result for one row differs in the last bit from that for more rows.
        """
        count = len(rows)
        features = rows.astype(self._number_type, copy=False)
        if count == 1:
            features = np.concatenate((features, features))
        try:
            outputs = self._session.run(self._outputs, {self._input: features})
        except Exception as error:  # onnxruntime's errors share no base class
            raise ServableError(f"The model failed on {count} rows: {error}") from error
        try:
            values = np.asarray(outputs[0]).reshape(len(features), -1)[:count, 0]
        except ValueError as error:
            shape = np.shape(outputs[0])
            raise ServableError(
                f"The model returned {shape} values for {count} rows. "
                "Export it again with one prediction for each row."
            ) from error
        dtype = np.int64 if self._is_classifier else np.float64
        probabilities = np.asarray(outputs[1])[:count] if len(outputs) > 1 else None
        return Predictions(values.astype(dtype, copy=False), probabilities)
