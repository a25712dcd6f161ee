"""Ask the fitted pipeline again for single rows that the exported model answers otherwise.

A function of the user may give a row another value beside other rows. An example is a whole day
after 2262: pandas has no time for it in a table with fractions of days. A served model answers
each row by itself, so the pipeline's answer to this row only counts.
"""

import warnings
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from shared.inference.servable import Predictions, Rows
from trainer.fitting.pipeline_servable import PipelineServable

_MOST = 1500
"""If more rows differ, other rows are not the reason."""


@dataclass
class SingleRows:
    """The answers of one pipeline to single rows. It gives each of them once."""

    pipeline: PipelineServable
    _known: dict[int, Predictions] = field(default_factory=dict)

    def correct(
        self, rows: Rows, predictions: Predictions, is_different: npt.NDArray[np.bool_]
    ) -> Predictions:
        """Return *predictions* with the answers to single rows where *is_different*."""
        indices = np.flatnonzero(is_different)
        if not 0 < len(indices) <= _MOST:
            return predictions
        values, probabilities = predictions.values.copy(), predictions.probabilities
        probabilities = None if probabilities is None else probabilities.copy()
        for index in indices.tolist():
            answer = self._ask(index, rows[index : index + 1])
            if answer is None:
                continue
            values[index] = answer.values[0]
            if probabilities is not None and answer.probabilities is not None:
                probabilities[index] = answer.probabilities[0]
        return Predictions(values, probabilities)

    def _ask(self, index: int, row: Rows) -> Predictions | None:
        if index not in self._known:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # as for all generated rows
                try:
                    self._known[index] = self.pipeline.predict(row)
                except Exception:  # noqa: BLE001 - an estimator may raise anything
                    return None
        return self._known[index]
