"""`make run` and `make up` check the table before a service starts."""

import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local import run
from deploy.local.data_check import check_data
from shared.contract.layout import StoreLayout
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.stores.builders import promote
from tests.support.tables.tables import blobs_csv


@pytest.fixture(autouse=True)
def variables(store: ModelStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORE_DIR", str(store.layout.root))


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Record the commands that would run."""
    made: list[list[str]] = []

    def record(command: list[str], *, check: bool) -> subprocess.CompletedProcess[str]:
        assert not check
        made.append(command)
        return subprocess.CompletedProcess(command, 2)

    monkeypatch.setattr(subprocess, "run", record)
    return made


def test_the_default_data_needs_no_check(store: ModelStore, calls: list[list[str]]) -> None:
    assert check_data(store.layout) == 0
    assert calls == []


@pytest.mark.parametrize("variable", ["TRAINER_DATASET", "TRAINER_TARGET", "METRIC"])
def test_a_run_with_settings_of_its_own_is_checked(
    store: ModelStore,
    calls: list[list[str]],
    variable: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(variable, "r2")
    assert check_data(store.layout) == 2
    assert calls == [[sys.executable, "-m", "trainer.check_data", "--only-problems"]]


def test_a_store_with_a_model_is_not_trained_on(
    store: ModelStore, calls: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    promote(store, toy_model())
    monkeypatch.setenv("TRAINER_TARGET", "size")
    assert check_data(store.layout) == 0
    assert calls == []


def test_a_bad_table_starts_no_service(
    tmp_path: Path,
    store: ModelStore,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["run"])
    monkeypatch.setenv("TRAINER_DATASET", str(blobs_csv(tmp_path / "blobs.csv")))
    monkeypatch.setenv("TRAINER_TARGET", "sise")

    assert run.main() == 2

    printed = capfd.readouterr()
    assert "Did you mean 'size'?" in printed.err
    assert "Starting on the store" not in printed.out
    assert not StoreLayout(store.layout.root).run_file.exists()
