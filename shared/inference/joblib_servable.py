"""A pickled scikit-learn pipeline: the fallback for models that ONNX cannot express.

Only this module unpickles, and only with ALLOW_JOBLIB: in the gatekeeper's child process, and in
the predictor for bytes whose digest is in the registry.
"""

import io
from typing import Any

import joblib
import numpy as np

from shared.contract.documents import Artefact
from shared.errors import ServableError
from shared.inference.dataframe import to_frame
from shared.inference.servable import AnyRows, Predictions


class JoblibServable:
    """A pipeline fitted on class indices (classifier) or numbers (regressor)."""

    def __init__(self, model: bytes, artefact: Artefact) -> None:
        try:
            self._pipeline: Any = joblib.load(io.BytesIO(model))
        except Exception as error:  # unpickling raises any error of the pickled code
            raise ServableError(f"The pickled model cannot be loaded: {error}") from error
        self._artefact = artefact

    def predict(self, rows: AnyRows) -> Predictions:
        """Predict for *rows*, as a table like the one that the pipeline was fitted on."""
        # Pipelines of releases before `number_type` were fitted on rounded numbers.
        rounded = rows.astype(self._artefact.number_type, copy=False)
        frame = to_frame(rounded.astype(np.float64, copy=False), self._artefact.features)
        is_classifier = self._artefact.task == "classification"
        try:
            values = np.asarray(self._pipeline.predict(frame))
            probabilities = (
                np.asarray(self._pipeline.predict_proba(frame))
                if self._artefact.has_probabilities
                else None
            )
        except Exception as error:  # an estimator may raise anything
            raise ServableError(f"The model failed on {len(rows)} rows: {error}") from error
        return Predictions(values.astype(np.int64 if is_classifier else np.float64), probabilities)
