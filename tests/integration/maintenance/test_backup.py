"""A backup restores the store, even if services used it during the backup."""

import itertools
import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.decisions.rollback import roll_back
from shared.contract.layout import DECISIONS, MANIFEST_SIGNATURE
from shared.errors import (
    BackupError,
    StoreNotEmptyError,
)
from shared.inference.build import build_servable
from shared.maintenance import backup, restore
from shared.maintenance.backup_contents import BackupContents
from shared.maintenance.backup_steps import write_backup
from shared.maintenance.restore_steps import restore_file
from shared.maintenance.store_checker import check_store
from shared.maintenance.tar_archive import SUMS, write_archive
from shared.store.store import ModelStore, open_store
from tests.support.models.toy import toy_model, toy_rows
from tests.support.processes.forks import fork
from tests.support.processes.wait_until import wait_for
from tests.support.stores.backups import errors, files, is_nothing, restored
from tests.support.stores.builders import promote, toy_candidate
from tests.support.stores.gatekeeping import TrustingEvaluator, gatekeeper_of, outcomes
from tests.support.stores.signing import new_keys


@pytest.fixture
def used(kept: ModelStore, tmp_path: Path) -> ModelStore:
    """Copy the store, to be changed."""
    return ModelStore(shutil.copytree(kept.layout.root, tmp_path / "used"))


# --- What comes back


def test_everything_but_the_state_of_processes_is_restored(
    kept: ModelStore, archive: Path, tmp_path: Path
) -> None:
    store = restored(archive, tmp_path / "new")
    left_out = {"token", "training.log", "housekeeper.json", "notes.txt"}
    before = {name: data for name, data in files(kept.layout.root).items() if name not in left_out}
    assert files(store.layout.root) == before
    assert outcomes(store) == ["promoted", "promoted", "refused", "rolled_back"]


def test_a_signature_comes_back_with_what_it_signs(store: ModelStore, tmp_path: Path) -> None:
    keys = new_keys(tmp_path / "keys")
    candidate_id = toy_candidate().publish(store, keys.trainer)
    write_backup(store, tmp_path / "signed.tar.gz")
    again = restored(tmp_path / "signed.tar.gz", tmp_path / "new")
    signature = again.layout.candidate(candidate_id) / MANIFEST_SIGNATURE
    assert (
        signature.read_bytes()
        == (store.layout.candidate(candidate_id) / MANIFEST_SIGNATURE).read_bytes()
    )


def test_only_the_owner_reads_a_backup_whatever_the_umask(kept: ModelStore, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_backup(kept, tmp_path / "new.tar.gz")
    finally:
        os.umask(before)
    assert (tmp_path / "new.tar.gz").stat().st_mode & 0o777 == 0o600


def test_modes_are_the_contracts_whatever_the_umask(archive: Path, tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        store = restored(archive, tmp_path / "new")
    finally:
        os.umask(before)
    for path in [store.layout.root, *store.layout.root.rglob("*")]:
        assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644), path


def test_a_restored_store_goes_on_where_it_was(archive: Path, tmp_path: Path) -> None:
    store = restored(archive, tmp_path / "new")
    gatekeeper_of(store).poll()
    assert outcomes(store)[4:] == ["promoted"], "the candidate that nobody had decided"
    registry = store.registry.read()
    assert registry
    assert (registry.version, registry.digest) == (4, toy_model(bias=0.5).digest)
    roll_back(store, 2)
    assert check_store(store) == []


def test_a_restored_store_serves_the_same_predictions(
    kept: ModelStore, archive: Path, tmp_path: Path
) -> None:
    def answers(store: ModelStore) -> Any:
        registry = store.registry.read()
        assert registry
        model = build_servable(store.models.read(registry.digest), allow_joblib=False)
        return (registry.version, model.predict(toy_rows()).probabilities.tobytes())  # type: ignore[union-attr]  # the toy has them

    assert answers(restored(archive, tmp_path / "new")) == answers(kept)


def test_an_empty_store_has_a_backup_too(store: ModelStore, tmp_path: Path) -> None:
    write_backup(store, tmp_path / "empty.tar.gz")
    again = restored(tmp_path / "empty.tar.gz", tmp_path / "new")
    assert (outcomes(again), again.registry.read()) == ([], None)


def test_tar_and_sha256sum_can_read_it(archive: Path, tmp_path: Path) -> None:
    subprocess.run(["tar", "-xzf", archive, "-C", tmp_path], check=True)
    subprocess.run(["sha256sum", "--check", "--quiet", SUMS], cwd=tmp_path, check=True)
    assert (tmp_path / DECISIONS / "00000004.json").exists()


# --- While others go on


def keep_promoting(store: ModelStore) -> None:
    """Publish and promote without a pause; keep one model and two candidates."""
    gatekeeper = gatekeeper_of(store, evaluator=TrustingEvaluator(), keep_models=1)
    for turn in itertools.count():
        toy_candidate(MODELS_TO_COME[turn % len(MODELS_TO_COME)]).publish(store)
        gatekeeper.poll()
        for candidate_id in store.candidates.ids()[:-2]:
            store.candidates.remove(candidate_id)


def goes_on(store: ModelStore, since: int) -> None:
    wait_for(lambda: len(outcomes(store)) > since + 2, "more promotions")


MODELS_TO_COME = [toy_model(bias=bias) for bias in (0.5, 0.75, 1.0, 1.25)]


@pytest.mark.parametrize("backups", [2, pytest.param(12, marks=pytest.mark.thorough)])
def test_a_backup_of_a_store_in_use_is_one_that_was_in_force_meanwhile(
    store: ModelStore, tmp_path: Path, backups: int
) -> None:
    writer = fork(partial(keep_promoting, store))
    try:
        wait_for(lambda: len(outcomes(store)) > 2, "the first promotions")
        for turn in range(backups):
            archive = tmp_path / f"{turn}.tar.gz"
            before = store.decision_log()
            published = set(store.candidates.ids())
            contents = write_backup(store, archive)
            after = store.decision_log()
            assert contents.left_out == []
            again = restored(archive, tmp_path / f"restored-{turn}")
            log = again.decision_log()
            assert log.entries[: len(before.entries)] == before.entries
            assert log.entries == after.entries[: len(log.entries)]
            assert log.in_force in after.entries[len(before.entries) - 1 :]
            undecided = {name for name in published if not log.is_decided(name)}
            assert undecided <= set(again.candidates.ids())
            assert errors(store) == [], "the store in use is whole too"
            goes_on(store, len(after.entries))
    finally:
        os.kill(writer.pid, 9)
        writer.wait()


def test_a_model_that_is_pruned_while_it_is_looked_for_is_replaced_by_its_successor(
    used: ModelStore, tmp_path: Path
) -> None:
    """The gatekeeper promotes and prunes after the log was read and before the model is."""
    contents = BackupContents(used)
    read, turns = used.models.read, itertools.count()

    def read_late(digest: str) -> Any:
        if next(turns) == 0:
            promote(used, toy_model(bias=2.0))
            shutil.rmtree(used.models.directory(digest))
        return read(digest)

    used.models.read = read_late  # type: ignore[method-assign]  # the race, made certain
    (tmp_path / "late.tar.gz").write_bytes(b"".join(write_archive(contents.members())))
    store = restored(tmp_path / "late.tar.gz", tmp_path / "new")
    registry = store.registry.read()
    assert registry
    assert registry.digest == toy_model(bias=2.0).digest


# --- Where a backup may go, and come from


def test_a_file_that_exists_is_not_replaced(store: ModelStore, tmp_path: Path) -> None:
    (tmp_path / "mine.tar.gz").write_text("mine")
    with pytest.raises(BackupError, match="exists already"):
        write_backup(store, tmp_path / "mine.tar.gz")
    assert (tmp_path / "mine.tar.gz").read_text() == "mine"


def test_a_store_that_holds_something_is_not_touched(archive: Path, used: ModelStore) -> None:
    before = files(used.layout.root)
    (used.layout.root / "notes.txt").unlink()
    before.pop("notes.txt")
    with pytest.raises(StoreNotEmptyError, match="is not empty"):
        restore_file(str(archive), used.layout.root)
    assert files(used.layout.root) == before


def test_an_initialised_store_that_holds_nothing_is_filled(
    archive: Path, store: ModelStore
) -> None:
    store.layout.token.write_text("its own secret")
    store.layout.token.chmod(0o600)
    restored(archive, store.layout.root)
    assert store.layout.token.read_text() == "its own secret"


@pytest.mark.parametrize("what", ["missing", "directory"])
def test_a_file_that_cannot_be_read_is_named_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    (tmp_path / "directory").mkdir()
    monkeypatch.setenv("STORE_DIR", str(tmp_path / "new"))
    monkeypatch.setattr(sys, "argv", ["restore", str(tmp_path / what)])
    assert restore.main() == 1
    said = capsys.readouterr().err
    assert said.startswith(f"error: The backup {tmp_path / what} cannot be read")
    assert said.count("\n") == 1
    assert is_nothing(tmp_path / "new")


def test_the_commands_say_what_they_did(
    kept: ModelStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("STORE_DIR", str(kept.layout.root))
    monkeypatch.setattr(sys, "argv", ["backup", str(tmp_path / "backups" / "b.tar.gz")])
    assert backup.main() == 0
    assert "version 3: 4 decisions, 2 models, 4 candidates." in capsys.readouterr().err
    monkeypatch.setenv("STORE_DIR", str(tmp_path / "new"))
    monkeypatch.setattr(sys, "argv", ["restore", str(tmp_path / "backups" / "b.tar.gz")])
    assert restore.main() == 0
    assert "Restored version 3 with 4 decisions" in capsys.readouterr().out
    monkeypatch.setenv("STORE_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setattr(sys, "argv", ["backup", str(tmp_path / "c.tar.gz")])
    assert (backup.main(), "There is no store" in capsys.readouterr().err) == (1, True)


def test_a_backup_goes_through_pipes(kept: ModelStore, tmp_path: Path) -> None:
    """As it goes out of a container and into another."""
    made = piped("shared.maintenance.backup", kept.layout.root, b"")
    piped("shared.maintenance.restore", tmp_path / "new", made)
    assert check_store(open_store(tmp_path / "new")) == []


def piped(module: str, store_dir: Path, data: bytes) -> bytes:
    """Run a command with *data* as input and return its output."""
    environment = os.environ | {"STORE_DIR": str(store_dir)}
    command = [sys.executable, "-m", module, "-"]
    done = subprocess.run(command, env=environment, input=data, stdout=subprocess.PIPE, check=True)
    return done.stdout
