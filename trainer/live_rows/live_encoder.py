"""Encode labelled rows of the log as rows of the data set, and count those that cannot be."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shared.contract.documents import Feature
from shared.inference.feature_encoding import UNSEEN
from shared.inference.logged_rows import encode_logged_rows
from shared.inference.servable import Rows
from shared.prediction_log.label import LabelValue
from shared.prediction_log.true_value import TrueValue, find_true_value
from shared.scoring.truth import Truth
from trainer.dataset.dataset import DataSchema
from trainer.live_rows.growing_categories import GrowingCategories
from trainer.live_rows.labelled_log import LabelledRow
from trainer.tables.key_column import KeySpelling

Mask = npt.NDArray[np.bool_]
_LIMIT = float(np.finfo(np.float32).max)


@dataclass(frozen=True, eq=False)
class LiveRows:
    """Encoded rows, oldest first."""

    rows: Rows
    """Shape [n, features], with the codes of `LiveEncoder.features`."""
    target: Truth
    """Shape [n]: class indices, or the numbers of a regression."""
    keys: npt.NDArray[np.object_]
    """Shape [n]: the ids, spelled as the keys of the data set."""
    times: npt.NDArray[np.float64]
    """Shape [n]: when the rows were answered, in seconds since 1970."""

    def select(self, rows: Mask) -> "LiveRows":
        """Return some of the rows."""
        return LiveRows(self.rows[rows], self.target[rows], self.keys[rows], self.times[rows])


class LiveEncoder:
    """Encodes blocks of labelled rows. Rows that do not fit the data set are left out."""

    def __init__(
        self,
        schema: DataSchema,
        known_keys: Collection[str] = (),
        key_spelling: KeySpelling | None = None,
    ) -> None:
        """Make an encoder for a data set with this *schema*.

        Rows whose id is one of *known_keys* in *key_spelling* are in the table, and are left out.
        """
        self._key_spelling = key_spelling or KeySpelling()
        self._classes = schema.classes
        self._features = tuple(_accept_missing(each, schema) for each in schema.features)
        self._known_keys = known_keys
        self._blocks: list[tuple[Rows, Truth, list[str], list[float]]] = []
        self.categories = {
            column: GrowingCategories(feature)
            for column, feature in enumerate(schema.features)
            if feature.type == "category"
        }
        self.rows = 0
        """Encoded rows so far."""
        self.left_out: Counter[str] = Counter()
        """Rows that are left out, by reason."""
        self.lacking: Counter[str] = Counter()
        """For each feature, the rows without a usable value."""

    def add(self, block: Sequence[LabelledRow]) -> None:
        """Encode the rows of *block* that fit, and count the others by their first reason."""
        keys = self._spell_keys(block)
        is_new = np.array([key not in self._known_keys for key in keys])
        block = self._reject(block, is_new, "in_table")
        target, is_usable = self._encode_labels([label for _, label in block])
        block, target = self._reject(block, is_usable, "label"), target[is_usable]
        encoded = encode_logged_rows([row.features for row, _ in block], self._features)
        self.lacking.update(encoded.unusable)
        rows, target = encoded.rows[encoded.is_whole], target[encoded.is_whole]
        block = self._reject(block, encoded.is_whole, "values")
        is_coded = self._add_categories(block, rows)
        block = self._reject(block, is_coded, "categories")
        self.rows += len(block)
        keys = self._spell_keys(block)
        times = [row.time.timestamp() for row, _ in block]
        self._blocks.append((rows[is_coded], target[is_coded], keys, times))

    def finish(self) -> LiveRows:
        """Return all encoded rows, sorted by time."""
        empty = np.empty((0, len(self._features)))
        rows = np.concatenate([empty, *(block[0] for block in self._blocks)])
        target: Truth = np.concatenate([np.empty(0, self._dtype), *(b[1] for b in self._blocks)])
        keys = np.array([key for block in self._blocks for key in block[2]], dtype=object)
        times = np.array([time for block in self._blocks for time in block[3]], dtype=np.float64)
        order = np.argsort(times, kind="stable")
        return LiveRows(rows[order], target[order], keys[order], times[order])

    @property
    def features(self) -> tuple[Feature, ...]:
        """The features of the rows so far. New categories are behind those of the table."""
        return tuple(
            each.model_copy(update={"categories": self.categories[column].names})
            if column in self.categories
            else each
            for column, each in enumerate(self._features)
        )

    @property
    def _dtype(self) -> type[np.int64 | np.float64]:
        return np.int64 if self._classes else np.float64

    def _spell_keys(self, block: Sequence[LabelledRow]) -> list[str]:
        return self._key_spelling.spell([row.id for row, _ in block])

    def _reject(
        self, block: Sequence[LabelledRow], is_usable: Mask, reason: str
    ) -> Sequence[LabelledRow]:
        self.left_out[reason] += int((~is_usable).sum())
        return [each for each, keep in zip(block, is_usable.tolist(), strict=True) if keep]

    def _encode_labels(self, labels: Sequence[LabelValue]) -> tuple[Truth, Mask]:
        """Return the target of each label, and whether the label is usable."""
        values = [find_true_value(label, self._classes) for label in labels]
        if self._classes:
            indices: dict[TrueValue | None, int]
            indices = {name: index for index, name in enumerate(self._classes)}
            codes = np.array([indices.get(value, -1) for value in values], dtype=np.int64)
            return codes, codes >= 0
        numbers = np.array([np.nan if value is None else value for value in values], np.float64)
        return numbers, np.abs(numbers) <= _LIMIT

    def _add_categories(self, block: Sequence[LabelledRow], rows: Rows) -> Mask:
        """Give codes to new categories in *rows*, and return which rows have all codes.

        A row without all codes adds no category.
        """
        is_coded = np.ones(len(rows), np.bool_)
        columns = list(self.categories)
        is_unseen = rows[:, columns] == UNSEEN
        for place in np.flatnonzero(is_unseen.any(axis=1)).tolist():
            features = block[place][0].features
            unseen = [columns[index] for index in np.flatnonzero(is_unseen[place]).tolist()]
            found = [(column, str(features[self._features[column].name])) for column in unseen]
            is_coded[place] = all(self.categories[column].accepts(text) for column, text in found)
            if is_coded[place]:
                for column, text in found:
                    rows[place, column] = self.categories[column].add(text)
        return is_coded


def _accept_missing(feature: Feature, schema: DataSchema) -> Feature:
    """Return *feature* with all of its spellings of missing values, and as one that has some."""
    missing = feature.missing_values
    missing = schema.missing_values or None if missing is None else missing
    return feature.model_copy(update={"nullable": True, "missing_values": missing})
