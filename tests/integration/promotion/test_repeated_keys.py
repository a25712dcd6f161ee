"""Rows with the same TRAINER_ROW_KEY are judged together."""

from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.store.store import ModelStore
from tests.support.stores.gatekeeping import gatekeeper_of
from tests.support.stores.trained import trained
from tests.support.tables.tables import two_blobs
from trainer.dataset.dataset import Dataset

POLICY = GatePolicy(metric="accuracy", min_improvement=-1, recall_floor=0.1)
VISITS = 6


def visits(*, keys: bool) -> Dataset:
    """Return 600 rows of 100 patients, with or without their keys."""
    data = two_blobs(100 * VISITS, distance=1.0)
    names = np.array([f"p{row // VISITS}" for row in range(len(data.rows))], dtype=object)
    return replace(data, keys=names if keys else None)


def checks(store: ModelStore, *, row_key: str | None) -> dict[str, Any]:
    for estimator in (GaussianNB(), LogisticRegression()):
        trained(store, visits(keys=row_key is not None), estimator, row_key=row_key)
        gatekeeper_of(store, POLICY).poll()
    *_, entry = store.decision_log().entries
    return {check.name: check for check in entry.decision.checks}


def test_the_decision_says_how_many_keys_were_drawn(store: ModelStore) -> None:
    found = checks(store, row_key="patient")["significance"]
    rows, keys = found.observed["rows"], found.observed["keys"]
    assert rows == VISITS * keys
    assert f"On the same {rows} rows of {keys} keys, accuracy differs" in found.message


def test_recalls_and_the_calibration_error_have_the_interval_of_keys(store: ModelStore) -> None:
    found = checks(store, row_key="patient")
    keys = found["significance"].observed["keys"]
    assert found["calibration-limit"].observed["keys"] == keys
    assert f"rows of {keys} keys in one bin" in found["calibration-limit"].message
    for recall in found["recall-floor"].observed:
        assert recall["rows"] > recall["keys"] > 1
    assert f"rows of {found['recall-floor'].observed[0]['keys']} keys" in (
        found["recall-floor"].message
    )


def test_rows_without_a_key_are_drawn_one_by_one(store: ModelStore) -> None:
    found = checks(store, row_key=None)
    for name in ("significance", "calibration-limit", "recall-floor"):
        assert "keys" not in str(found[name].observed)
        assert "keys" not in found[name].message
