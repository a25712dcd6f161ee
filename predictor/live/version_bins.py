"""The bins in which the rows of one version are counted."""

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from shared.contract.documents import Artefact
from shared.contract.layout import REFERENCE
from shared.inference.servable import AnyRows, Predictions
from shared.live.bin_counter import BinCounter, Totals
from shared.live.hour import FeatureCounts
from shared.live.prediction_counter import Counted, PredictionCounter, count_probabilities
from shared.live.reference import (
    MAX_NAMED,
    MAX_REFERENCE_BYTES,
    PROBABILITY_BINS,
    Bins,
    Reference,
)
from shared.store.verified_read import read_document
from shared.text import shorten, to_printable

logger = logging.getLogger(__name__)


@dataclass
class RowTotals:
    """The counted rows of one version, in its bins."""

    rows: int
    features: Totals | None
    predictions: Counted
    probabilities: Counted

    def add(self, other: "RowTotals") -> None:
        """Add the counts of other rows in the same bins."""
        self.rows += other.rows
        if self.features is not None and other.features is not None:
            self.features += other.features
        self.predictions += other.predictions
        self.probabilities += other.probabilities


class VersionBins:
    """The bins of a reference; without one, only predicted classes and probabilities are counted.

    They keep no state, for any thread.
    """

    def __init__(
        self, artefact: Artefact, reference: Reference | None = None, sha256: str | None = None
    ) -> None:
        """Prepare to count rows of the model of *artefact*.

        Raises ValueError or KeyError if *reference* is not one of this model.
        """
        self.reference = sha256
        """The SHA-256 of the reference."""
        self.width = len(artefact.features) + len(artefact.classes)
        """About the number of numbers in a row and its prediction."""
        self._features: BinCounter | None = None
        bins: Bins | None = None
        if reference is not None:
            self._features = BinCounter(artefact.features, reference.features, artefact.number_type)
            bins = reference.predictions
            if (bins.names is None) != (not artefact.classes):
                raise ValueError("its predictions are of another task")
        elif 0 < len(artefact.classes) <= MAX_NAMED:
            bins = Bins(names=artefact.classes, counts=(0,) * (len(artefact.classes) + 1))
        self._predictions = PredictionCounter(artefact.classes, bins) if bins else None
        # Without a reference there is no bin for other classes.
        size = bins.size - (reference is None) if bins else 0
        self._sizes = (size, PROBABILITY_BINS if artefact.has_probabilities else 0)

    def new_totals(self) -> RowTotals:
        """Return totals of no rows."""
        features = None if self._features is None else self._features.new_totals()
        return RowTotals(0, features, *(np.zeros(size, np.int64) for size in self._sizes))

    def count(self, rows: AnyRows, predictions: Predictions) -> RowTotals:
        """Count encoded *rows*, shape [n, features], and their *predictions*."""
        totals = self.new_totals()
        totals.rows = len(rows)
        if self._features is not None:
            totals.features = self._features.count(rows)
        if self._predictions is not None:
            totals.predictions = self._predictions.count(predictions.values)[: self._sizes[0]]
        if self._sizes[1] and predictions.probabilities is not None:
            totals.probabilities = count_probabilities(predictions.probabilities)
        return totals

    def describe(self, totals: Totals | None) -> tuple[FeatureCounts, ...]:
        """Return the counts of each feature, for a document."""
        if self._features is None or totals is None:
            return ()
        return self._features.describe(totals)


def read_bins(directory: Path, artefact: Artefact) -> VersionBins:
    """Read the bins of the model in *directory*; without a usable reference, those without one."""
    path = directory / REFERENCE
    try:
        data = read_document(path, max_bytes=MAX_REFERENCE_BYTES)
        reference = Reference.decode(data, path)
        return VersionBins(artefact, reference, hashlib.sha256(data).hexdigest())
    except FileNotFoundError:
        pass
    except Exception as error:  # noqa: BLE001 - counting never keeps a model from being served
        logger.warning(
            "The reference of the model is not used, and its features are not counted: %s. "
            "Serving goes on. Train again to compare production with the training rows.",
            shorten(to_printable(str(error) or type(error).__name__), 500).removesuffix("."),
        )
    return VersionBins(artefact)
