"""A candidate is published whole or not at all, and old ones make room."""

import errno
import os
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from types import ModuleType

import pytest
from sklearn.linear_model import LogisticRegression

from shared.contract.documents import DataSummary, Manifest
from shared.contract.layout import HOLDOUT, MANIFEST, STAGING_PREFIX
from shared.errors import DatasetError, StoreWriteError
from shared.inference.build import build_servable
from shared.maintenance.store_checker import check_store
from shared.reports.report_document import CandidateReport
from shared.scoring.holdout_file import decode_holdout
from shared.store.candidates import hidden_entries, new_candidate_id
from shared.store.models import read_model
from shared.store.store import ModelStore
from shared.store.verified_read import read_verified
from tests.support.models.toy import toy_model
from tests.support.stores.builders import ToyCandidate, toy_candidate
from tests.support.stores.fake_services import decide
from tests.support.stores.gatekeeping import gatekeeper_of
from tests.support.tables.tables import two_blobs
from trainer.console import Console
from trainer.dataset.row_hashing import hash_splits
from trainer.dataset.split import SplitRule, split_dataset
from trainer.export.choose import Choice, choose_candidate
from trainer.fitting.candidate_search import fit_candidates
from trainer.fitting.trial import TrialContext
from trainer.publishing.data_summary import summarise_data
from trainer.publishing.holdout_report import make_holdout_report
from trainer.publishing.publish import (
    RunRecord,
    library_versions,
    publish,
    remove_old_candidates,
)

DATA = two_blobs()
PARTS = split_dataset(DATA, "")
HASHES = hash_splits(DATA, len(PARTS.holdout.rows))
SUMMARY = summarise_data(DATA, DATA.fingerprint, PARTS, SplitRule(), None)
RUN = RunRecord(SUMMARY, "f1", 42, "default", {"metric": "f1"}, {"fit_seconds": 0.1})


@pytest.fixture(scope="module")
def choice() -> Choice:
    console = Console(StringIO())
    attempts = fit_candidates(
        {"linear": LogisticRegression()}, TrialContext(PARTS, DATA.schema, "f1", 42), console
    )
    return choose_candidate(attempts, DATA.schema, PARTS, console, allow_joblib=False)


def report_on(choice: Choice) -> CandidateReport:
    return make_holdout_report(choice.exported, PARTS.holdout, "f1", seed=42)


def published(store: ModelStore, choice: Choice) -> Manifest:
    return publish(store, choice, PARTS.holdout, HASHES, RUN, report=report_on(choice))


def test_a_candidate_is_all_that_a_gatekeeper_needs(store: ModelStore, choice: Choice) -> None:
    manifest = published(store, choice)

    assert store.candidates.ids() == [manifest.candidate_id]
    assert store.candidates.manifest(manifest.candidate_id) == manifest
    assert check_store(store) == []
    directory = store.layout.candidate(manifest.candidate_id)
    model = read_model(directory, manifest.digest)
    data = read_verified(directory, manifest.file(HOLDOUT))
    holdout = decode_holdout(data, model.artefact, HOLDOUT)
    answers = build_servable(model, allow_joblib=False).predict(holdout.rows)
    accuracy = float((answers.values == holdout.target).mean())
    assert manifest.holdout_metrics["accuracy"] == accuracy


def test_the_manifest_says_how_to_repeat_the_run(store: ModelStore, choice: Choice) -> None:
    manifest = published(store, choice)

    assert (manifest.seed, manifest.candidates_table, manifest.metric) == (42, "default", "f1")
    assert manifest.settings == {"metric": "f1"}
    assert manifest.data.fingerprint == DATA.fingerprint
    assert manifest.data.parts == {name: len(part.rows) for name, part in PARTS.by_name().items()}
    assert sum(manifest.data.class_counts["train"].values()) == manifest.data.parts["train"]
    assert {"python", "scikit-learn", "skl2onnx", "onnxruntime"} <= set(manifest.versions)
    assert manifest.candidates[0].parameters["random_state"] == 42
    assert manifest.parity is not None


def test_ids_sort_by_time_of_publication(store: ModelStore, choice: Choice) -> None:
    ids = [published(store, choice).candidate_id for _ in range(3)]

    assert store.candidates.ids() == ids


def test_a_full_disk_publishes_nothing_and_leaves_nothing(
    store: ModelStore, choice: Choice, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = os.write
    room = 10_000

    def write(descriptor: int, data: bytes) -> int:
        nonlocal room
        room -= len(data)
        if room < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return written(descriptor, data)

    with monkeypatch.context() as full:
        full.setattr(os, "write", write)
        with pytest.raises(StoreWriteError, match="No space left on device"):
            published(store, choice)

    assert list(store.layout.candidates.iterdir()) == []
    again = published(store, choice)
    assert store.candidates.ids() == [again.candidate_id]


def test_a_holdout_that_is_too_large_is_a_dataset_error(
    store: ModelStore, choice: Choice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.scoring.npz_arrays.MAX_BYTES", 100)

    with pytest.raises(DatasetError, match="Train on fewer rows"):
        published(store, choice)


def candidate(index: int) -> ToyCandidate:
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=index)
    return toy_candidate().with_manifest(candidate_id=new_candidate_id(moment))


def test_the_oldest_decided_candidates_make_room(store: ModelStore) -> None:
    ids = [candidate(index).publish(store) for index in range(5)]
    for candidate_id in ids:
        decide(store, candidate_id)

    remove_old_candidates(store, store.decision_log(), keep=3)

    assert store.candidates.ids() == ids[3:], "with the next one it is three"


def test_candidates_of_kept_models_are_never_removed(store: ModelStore) -> None:
    ids = [
        toy_candidate(toy_model(bias=index / 4))
        .with_manifest(candidate_id=candidate(index).manifest.candidate_id)
        .publish(store)
        for index in range(4)
    ]
    gatekeeper_of(store).poll()
    refused = [candidate(index).with_manifest(digest="x").publish(store) for index in (4, 5)]
    gatekeeper_of(store, keep_models=2).poll()

    remove_old_candidates(store, store.decision_log(), keep=1)

    assert store.candidates.ids() == ids[2:], f"and {refused} are gone"


def test_an_undecided_candidate_is_never_removed(store: ModelStore) -> None:
    ids = [candidate(index).publish(store) for index in range(4)]
    decide(store, ids[1])

    remove_old_candidates(store, store.decision_log(), keep=1)

    assert store.candidates.ids() == [ids[0], ids[2], ids[3]]


def test_staging_of_killed_trainers_is_removed_but_not_of_running_ones(
    store: ModelStore,
) -> None:
    left, written = (
        store.layout.candidates / f"{STAGING_PREFIX}{new_candidate_id(datetime.now(UTC))}"
        for _ in range(2)
    )
    for staging in (left, written):
        staging.mkdir()
        (staging / MANIFEST).write_text("{")
    os.utime(left, (0, 0))

    remove_old_candidates(store, store.decision_log(), keep=1)

    assert hidden_entries(store.layout.candidates) == [written]


def test_two_trainers_may_make_room_at_once(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [candidate(index).publish(store) for index in range(3)]
    for candidate_id in ids:
        decide(store, candidate_id)
    monkeypatch.setattr(
        type(store.candidates), "ids", lambda _: [candidate(9).manifest.candidate_id, *ids]
    )
    log = store.decision_log()
    monkeypatch.setattr(log, "is_decided", lambda _: True)

    remove_old_candidates(store, log, keep=1)

    assert not any(store.layout.candidate(candidate_id).exists() for candidate_id in ids)


def test_the_summary_names_a_row_key() -> None:
    summary: DataSummary = summarise_data(
        replace(DATA, source="x"), DATA.fingerprint, PARTS, SplitRule("salt", {17: 2}), "id"
    )

    assert (summary.source, summary.split_salt, summary.row_key) == ("x", "salt", "id")
    assert summary.moved_rows == {"0000000000000011": "holdout"}
    assert "notes" not in summary.model_dump(mode="json"), "there are none"
    assert summary.rows == 200


def test_boosters_are_named_where_a_run_has_imported_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("lightgbm", "xgboost"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    assert not {"lightgbm", "xgboost"} & library_versions().keys()
    booster = ModuleType("xgboost")
    booster.__dict__["__version__"] = "3.1.4"
    monkeypatch.setitem(sys.modules, "xgboost", booster)
    assert library_versions()["xgboost"] == "3.1.4"
