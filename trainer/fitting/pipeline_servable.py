"""Give a fitted pipeline the interface of a servable, so that both can be compared."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shared.errors import ServableError
from shared.inference.dataframe import to_frame
from shared.inference.servable import Predictions, Rows
from trainer.dataset.dataset import DataSchema


def protected(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a view for a function that may change its table in place.

    pandas copies a column before it changes one that two tables share.
    """
    return frame.copy(deep=False)


class PipelineServable:
    """A pipeline in this process: a classifier fitted on class indices, or a regressor.

    *own_indices* has, for each class of the schema, the pipeline's own index; None: they are equal.
    """

    def __init__(
        self, pipeline: Any, schema: DataSchema, own_indices: tuple[int, ...] | None = None
    ) -> None:
        self.pipeline = pipeline
        self._is_classifier = schema.task == "classification"
        self.has_probabilities = self._is_classifier and hasattr(pipeline, "predict_proba")
        self.features = schema.features
        self._classes = len(schema.classes)
        self.own_indices = own_indices
        self._by_own_index = np.argsort(own_indices or range(self._classes))
        self.own_classes = tuple(schema.classes[index] for index in self._by_own_index)
        """The classes in the pipeline's own order."""

    def predict(self, rows: Rows) -> Predictions:
        """Predict for *rows*.

        Raises ServableError unless it predicts class indices or finite numbers, and finite
        probabilities of the right shape. The estimator may raise other errors.
        """
        frame = to_frame(rows, self.features)
        values = np.asarray(self.pipeline.predict(protected(frame)))
        if not self._is_classifier:
            return Predictions(_numbers(values, len(rows)), None)
        if values.shape != (len(rows),) or not np.isin(values, np.arange(self._classes)).all():
            raise ServableError(
                f"predict must return one class index for each row; it returned {_describe(values)}"
            )
        if self.own_indices is not None:
            values = self._by_own_index[values.astype(np.int64)]
        return Predictions(values.astype(np.int64), self._probabilities(frame))

    def _probabilities(self, frame: pd.DataFrame) -> Any:
        if not self.has_probabilities:
            return None
        probabilities = np.asarray(self.pipeline.predict_proba(protected(frame)))
        if probabilities.shape != (len(frame), self._classes):
            raise ServableError(
                f"predict_proba must return {self._classes} probabilities for each row; "
                f"it returned the shape {probabilities.shape}"
            )
        if not np.isfinite(probabilities).all():
            raise ServableError("predict_proba returned probabilities that are not finite")
        return probabilities if self.own_indices is None else probabilities[:, self.own_indices]


def _numbers(values: npt.NDArray[Any], rows: int) -> npt.NDArray[np.float64]:
    if values.shape != (rows,) or values.dtype.kind not in "iuf":
        raise ServableError(
            f"predict must return one number for each row; it returned {_describe(values)}"
        )
    if not np.isfinite(values).all():
        raise ServableError("predict returned numbers that are not finite")
    return values.astype(np.float64)


def _describe(values: npt.NDArray[Any]) -> str:
    return f"{values.dtype} of shape {values.shape}, such as {values.ravel()[:3].tolist()}"
