"""The data: rows, what to learn of each, and what is needed to recognise both again."""

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shared.contract import strict_json
from shared.inference.servable import Rows
from shared.scoring.scorers import Truth
from trainer.dataset.schema import DataSchema


@dataclass(frozen=True)
class Dataset:
    """All rows, before they are split."""

    source: str
    schema: DataSchema
    rows: Rows
    """Shape [n, features], held as in `shared.inference.feature_encoding`; numbers are finite also
    as float32, and every NaN is numpy's."""
    target_name: str
    target: Truth
    """Shape [n]: indices into the schema's classes, or the numbers of a regression."""
    keys: npt.NDArray[np.object_] | None
    """Shape [n]: the text of the row key's column, or None where rows have no key."""

    @property
    def fingerprint(self) -> str:
        """The digest of names, values, labels and their order: the same for the same data."""
        features = [feature.model_dump(mode="json") for feature in self.schema.features]
        header = [features, self.target_name, self.schema.classes]
        digest = hashlib.sha256(strict_json.encode_line(header))
        digest.update(np.ascontiguousarray(self.rows, dtype="<f8").data)
        digest.update(np.ascontiguousarray(self.target).data)
        return f"sha256:{digest.hexdigest()}"
