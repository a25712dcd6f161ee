"""A model is named by its digest, verified when read, and pruned only when nobody needs it."""

import os
from pathlib import Path

import pytest

from shared.contract.layout import ARTEFACT, GOLDEN, ONNX_MODEL, TRASH_PREFIX, model_directory_name
from shared.errors import ArtefactCorruptError, ModelNotFoundError, UnsafeFileError
from shared.store.store import ModelStore
from tests.support.models.toy import ToyModel, toy_model
from tests.support.stores.builders import promote
from tests.support.stores.full_descriptors import cannot_open


def visible(store: ModelStore) -> list[str]:
    return sorted(name for name in os.listdir(store.layout.models) if not name.startswith("."))


def publish(store: ModelStore, model: ToyModel) -> None:
    with store.models.staging() as staging:
        for name, data in model.files.items():
            (staging / name).write_bytes(data)
        store.models.publish(staging, model.digest)


def nobody(_digest: str) -> bool:
    return False


def test_a_model_reads_back_verified(store: ModelStore) -> None:
    model = toy_model()
    publish(store, model)
    read = store.models.read(model.digest)
    assert read.model == model.files[ONNX_MODEL]
    assert read.artefact == model.artefact
    assert read.files == model.descriptors
    assert store.models.digests() == [model.digest]
    assert visible(store) == [model_directory_name(model.digest)]


@pytest.mark.parametrize("name", [ARTEFACT, GOLDEN, ONNX_MODEL])
def test_a_damaged_or_missing_file_is_named(store: ModelStore, name: str) -> None:
    model = toy_model()
    publish(store, model)
    path = store.models.directory(model.digest) / name
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ArtefactCorruptError, match=name):
        store.models.read(model.digest)
    path.unlink()
    with pytest.raises(ModelNotFoundError, match=name):
        store.models.read(model.digest)


def test_a_model_that_cannot_be_opened_now_is_not_replaced(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = toy_model()
    publish(store, model)
    directory = store.models.directory(model.digest)
    inode = directory.stat().st_ino
    with monkeypatch.context() as patch:
        cannot_open(patch, directory / ONNX_MODEL)
        with pytest.raises(UnsafeFileError, match="Too many open files"):
            publish(store, model)
    assert directory.stat().st_ino == inode


def test_publishing_again_repairs_a_damaged_model(store: ModelStore) -> None:
    model = toy_model()
    publish(store, model)
    publish(store, model)
    (store.models.directory(model.digest) / ONNX_MODEL).write_bytes(b"damaged")
    publish(store, model)
    assert store.models.read(model.digest).model == model.files[ONNX_MODEL]
    (store.models.directory(model.digest) / ONNX_MODEL).unlink()
    (store.models.directory(model.digest) / ONNX_MODEL).mkdir()
    publish(store, model)
    assert store.models.read(model.digest).model == model.files[ONNX_MODEL]
    assert visible(store) == [model_directory_name(model.digest)]


def test_pruning_takes_the_whole_model(store: ModelStore) -> None:
    model = toy_model()
    publish(store, model)
    assert store.models.prune(model.digest, nobody)
    assert os.listdir(store.layout.models) == []
    assert not store.models.prune(model.digest, nobody)


def test_a_pinned_model_stays(store: ModelStore) -> None:
    model = toy_model()
    publish(store, model)
    with store.models.pinned(model.digest):
        assert not store.models.prune(model.digest, nobody)
        assert store.models.has(model.digest)
    assert store.models.prune(model.digest, nobody)


def test_a_model_published_again_while_it_was_hidden_stays(store: ModelStore) -> None:
    model = toy_model()
    publish(store, model)

    def published_and_committed_meanwhile(_digest: str) -> bool:
        publish(store, model)
        return True

    assert not store.models.prune(model.digest, published_and_committed_meanwhile)
    assert store.models.read(model.digest).digest == model.digest


def test_a_model_that_a_new_decision_names_stays(store: ModelStore) -> None:
    model = toy_model()
    publish(store, model)

    def committed_meanwhile(digest: str) -> bool:
        assert not store.models.has(digest), "it is asked while the model is hidden"
        return True

    assert not store.models.prune(model.digest, committed_meanwhile)
    assert store.models.read(model.digest).digest == model.digest


def test_recovery_puts_back_what_a_killed_prune_had_hidden(store: ModelStore) -> None:
    model = toy_model()
    promote(store, model)
    hidden: Path = store.layout.models / f"{TRASH_PREFIX}{model_directory_name(model.digest)}-1-ab"
    store.models.directory(model.digest).rename(hidden)
    store.models.recover(model.digest)
    assert store.models.read(model.digest).digest == model.digest
    assert os.listdir(store.layout.models) == [model_directory_name(model.digest)]
