"""A fitted pipeline behind the interface of a servable, so that both are asked alike."""

from typing import Any

import numpy as np
import pandas as pd

from shared.errors import ServableError
from shared.frame import to_frame
from shared.servable import Predictions, Rows
from trainer.schema import Schema


class PipelineServable:
    """A classifier in this process, fitted on class indices."""

    def __init__(self, pipeline: Any, schema: Schema) -> None:
        self.pipeline = pipeline
        self.has_probabilities = hasattr(pipeline, "predict_proba")
        self._features = schema.features
        self._classes = len(schema.classes)

    def predict(self, rows: Rows) -> Predictions:
        """Predict for *rows*.

        Raises ServableError for an answer that is no class index or no probability; an estimator
        may raise anything else.
        """
        frame = to_frame(rows, self._features)
        values = np.asarray(self.pipeline.predict(frame))
        if values.shape != (len(rows),) or not np.isin(values, np.arange(self._classes)).all():
            raise ServableError(
                f"predict must answer one class index for each row; it answered {values.dtype} of "
                f"shape {values.shape}, such as {values.ravel()[:3].tolist()}"
            )
        return Predictions(values.astype(np.int64), self._probabilities(frame))

    def _probabilities(self, frame: pd.DataFrame) -> Any:
        if not self.has_probabilities:
            return None
        probabilities = np.asarray(self.pipeline.predict_proba(frame))
        if probabilities.shape != (len(frame), self._classes):
            raise ServableError(
                f"predict_proba must answer {self._classes} probabilities for each row; "
                f"it answered the shape {probabilities.shape}"
            )
        if not np.isfinite(probabilities).all():
            raise ServableError("predict_proba answered probabilities that are not finite")
        return probabilities
