"""Candidates that know cities, and labelled live rows about cities."""

from collections.abc import Iterable, Mapping

import numpy as np
from msgspec.structs import replace

from shared.contract.documents import ROWS_MEDIA_TYPE
from shared.contract.layout import ROWS
from shared.inference.missing_values import list_features
from shared.prediction_log.label import LabelValue
from shared.scoring.row_hash_file import Hashes, RowHashes, encode_row_hashes
from shared.scoring.row_hashing import (
    begin_feature_hash,
    begin_key_hash,
    hash_contents,
    iterate_rows,
)
from shared.store.store import ModelStore
from tests.support.models.lookup import candidate_on, lookup_model, rows_of
from tests.support.models.toy import ToyModel
from tests.support.stores.builders import ToyCandidate
from tests.support.stores.decisions import decided
from tests.support.stores.gatekeeping import with_file
from tests.support.stores.live_answers import answered_rows
from tests.support.stores.logged_rows import write_labels, write_rows

TRUTH = (("Bonn", "no"), ("Oslo", "yes"))
CHAMPION = lookup_model(dict(TRUTH), unseen="yes", sure=0.7)
"""A model that is right about Rome, which it has never seen."""
WORSE = lookup_model(dict(TRUTH), unseen="no")
BETTER = lookup_model(dict(TRUTH) | {"Rome": "yes"}, unseen="no")


def hash_cities(model: ToyModel, cities: Iterable[str]) -> Hashes:
    """Hash rows as the trainer does without a row key."""
    features = list_features(model.artefact)
    rows = rows_of(model, list(cities))
    return hash_contents(begin_feature_hash(features, ""), iterate_rows(rows, features))


def hash_keys(keys: Iterable[str]) -> Hashes:
    """Hash rows as the trainer does with a row key."""
    return hash_contents(begin_key_hash(""), (key.encode() for key in keys))


def candidate(model: ToyModel, fitted: Hashes, row_key: str | None = None) -> ToyCandidate:
    """Build a candidate that was fitted on rows with these hashes."""
    data = encode_row_hashes(RowHashes(np.unique(fitted), hash_keys(["h1", "h2"])))
    made = candidate_on(model, TRUTH)
    summary = made.manifest.data.model_copy(
        update={"row_key": row_key, "features": list_features(model.artefact)}
    )
    return with_file(made.with_manifest(data=summary), ROWS, ROWS_MEDIA_TYPE, data)


def put_in_production(store: ModelStore, fitted: Hashes, row_key: str | None = None) -> None:
    """Let the gate promote the first model."""
    promoted = candidate(CHAMPION, fitted, row_key).publish(store)
    assert decided(store, promoted).outcome == "promoted"


def answer(
    store: ModelStore,
    cities: Iterable[str],
    labels: Mapping[str, LabelValue],
    name: str = "row-{}",
) -> None:
    """Log the champion's answers to *cities*, and the *labels* of all of them by city.

    *name* formats the number of a row to its id.
    """
    rows = [
        replace(row, id=name.format(number))
        for number, row in enumerate(answered_rows(CHAMPION, [{"city": each} for each in cities]))
    ]
    write_rows(store.layout, rows)
    write_labels(store.layout, [(row.id, labels[str(row.features["city"])]) for row in rows])


NEW = hash_keys(["no row of the log"])
"""The hashes of a model that was fitted on no row of the log."""
