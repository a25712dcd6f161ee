"""Logged rows for a model: which it can read, and which it refuses because a value is missing."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gatekeeper.sandbox.live_rows.answers_file import REFUSED, UNREADABLE, UNTRIED
from shared.contract.documents import Artefact
from shared.inference.feature_encoding import StringCodes, Value
from shared.inference.logged_rows import encode_logged_rows
from shared.inference.missing_values import list_features
from shared.inference.servable import Rows
from shared.prediction_log.logged_row import LoggedRow


@dataclass(frozen=True)
class UsableRows:
    """Logged rows in the encoding of one model."""

    rows: Rows
    """Shape [n, features]."""
    states: npt.NDArray[np.float64]
    """Shape [n]: UNTRIED for a row that the model can take, otherwise REFUSED or UNREADABLE."""
    refused: Mapping[str, int]
    """The refused rows that lack a value, by feature."""

    @property
    def is_usable(self) -> npt.NDArray[np.bool_]:
        """A mask of the rows that the model can take, shape [n]."""
        return np.equal(self.states, UNTRIED)


def encode_live_rows(rows: Sequence[LoggedRow], artefact: Artefact) -> UsableRows:
    """Encode *rows* for the model of *artefact*.

    A predictor refuses a row if a value is missing in a feature that is not nullable.
    """
    features = list_features(artefact)
    encoded = encode_logged_rows([row.features for row in rows], features)
    states = np.full(len(rows), float(UNTRIED))
    refused: Counter[str] = Counter()
    suspects = [
        (column, feature, StringCodes(feature))
        for column, feature in enumerate(features)
        if feature.name in encoded.unusable
    ]
    for index in np.flatnonzero(~encoded.is_whole).tolist():
        values, lacking = rows[index].features, list[str]()
        states[index] = REFUSED
        for column, feature, strings in suspects:
            if not math.isnan(encoded.rows[index, column]):
                continue
            if not _is_missing(values, feature.name, strings):
                states[index] = UNREADABLE
            elif not feature.nullable:
                lacking.append(feature.name)
        if states[index] == REFUSED:
            refused.update(lacking)
    return UsableRows(encoded.rows, states, refused)


def _is_missing(values: Mapping[str, Value], name: str, strings: StringCodes) -> bool:
    """Return whether the row has this column, with a missing value."""
    if name not in values:
        return False
    value = values[name]
    return value is None or (isinstance(value, str) and math.isnan(strings[value]))
