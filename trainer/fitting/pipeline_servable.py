"""A fitted pipeline behind the interface of a servable, so that both are asked alike."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shared.errors import ServableError
from shared.inference.dataframe import to_frame
from shared.inference.servable import Predictions, Rows
from trainer.dataset.schema import DataSchema


class PipelineServable:
    """In this process: a classifier that was fitted on class indices, or a regressor."""

    def __init__(self, pipeline: Any, schema: DataSchema) -> None:
        self.pipeline = pipeline
        self._is_classifier = schema.task == "classification"
        self.has_probabilities = self._is_classifier and hasattr(pipeline, "predict_proba")
        self._features = schema.features
        self._classes = len(schema.classes)

    def predict(self, rows: Rows) -> Predictions:
        """Predict for *rows*.

        Raises ServableError for an answer that is no class index, no finite number or no
        probability; an estimator may raise anything else.
        """
        frame = to_frame(rows, self._features)
        values = np.asarray(self.pipeline.predict(frame))
        if not self._is_classifier:
            return Predictions(_numbers(values, len(rows)), None)
        if values.shape != (len(rows),) or not np.isin(values, np.arange(self._classes)).all():
            raise ServableError(
                f"predict must answer one class index for each row; it answered {_found(values)}"
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


def _numbers(values: npt.NDArray[Any], rows: int) -> npt.NDArray[np.float64]:
    if values.shape != (rows,) or values.dtype.kind not in "iuf":
        raise ServableError(
            f"predict must answer one number for each row; it answered {_found(values)}"
        )
    if not np.isfinite(values).all():
        raise ServableError("predict answered numbers that are not finite")
    return values.astype(np.float64)


def _found(values: npt.NDArray[Any]) -> str:
    return f"{values.dtype} of shape {values.shape}, such as {values.ravel()[:3].tolist()}"
