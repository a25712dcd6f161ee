"""A candidate is visible whole or not at all."""

import os
import resource
from datetime import UTC, datetime, timedelta

import pytest

from shared.contract.layout import CANDIDATE_ID, MANIFEST, STAGING_PREFIX
from shared.errors import (
    DocumentError,
    ModelNotFoundError,
    StoreWriteError,
    UnsafeFileError,
)
from shared.store.candidates import new_candidate_id
from shared.store.store import ModelStore
from tests.support.stores.builders import toy_candidate


def test_a_published_candidate_reads_back(store: ModelStore) -> None:
    candidate = toy_candidate()
    candidate_id = candidate.publish(store)
    assert store.candidates.ids() == [candidate_id]
    assert store.candidates.manifest(candidate_id) == candidate.manifest
    assert os.listdir(store.layout.candidates) == [candidate_id]


def test_ids_sort_by_time_of_publication() -> None:
    now = datetime.now(UTC)
    ids = [new_candidate_id(now + timedelta(microseconds=n)) for n in range(20)]
    assert ids == sorted(ids)
    assert all(CANDIDATE_ID.fullmatch(candidate_id) for candidate_id in ids)


def test_a_failed_publication_leaves_no_file(store: ModelStore) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, hard))
    try:
        with pytest.raises(StoreWriteError):
            toy_candidate().publish(store)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert os.listdir(store.layout.candidates) == []


def test_hidden_and_foreign_names_are_no_candidates(store: ModelStore) -> None:
    for name in (".staging-x", "notes.txt", "20260131T115958123456Z-XYZ"):
        (store.layout.candidates / name).mkdir()
    assert store.candidates.ids() == []


def test_a_manifest_must_be_there_be_its_own_and_be_a_single_link(store: ModelStore) -> None:
    first, second = toy_candidate().publish(store), toy_candidate().publish(store)
    path = store.layout.candidate(second) / MANIFEST
    path.write_bytes((store.layout.candidate(first) / MANIFEST).read_bytes())
    with pytest.raises(DocumentError, match=f"is the manifest of {first}"):
        store.candidates.manifest(second)
    path.unlink()
    with pytest.raises(ModelNotFoundError):
        store.candidates.manifest(second)
    os.link(store.layout.candidate(first) / MANIFEST, path)
    with pytest.raises(UnsafeFileError, match="2 links"):
        store.candidates.manifest(second)


def test_removing_takes_the_whole_candidate(store: ModelStore) -> None:
    candidate_id = toy_candidate().publish(store)
    store.candidates.remove(candidate_id)
    assert os.listdir(store.layout.candidates) == []


def test_leftovers_go_once_they_are_old(store: ModelStore) -> None:
    staging = store.layout.candidates / f"{STAGING_PREFIX}x"
    staging.mkdir()
    (staging / "file").touch()
    store.candidates.remove_leftovers()
    assert staging.exists()
    store.candidates.remove_leftovers(older_than_seconds=-1)
    assert not staging.exists()
