"""`make run` and `make up` check the table before a service starts."""

import subprocess
import sys

import pytest

from deploy.local import run
from deploy.local.data_check import check_data
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.stores.builders import promote


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


def test_a_table_with_problems_starts_no_service(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["run"])
    monkeypatch.setattr(run, "check_data", lambda _: 2)

    assert run.main() == 2

    assert capsys.readouterr().out == ""
    assert not store.layout.run_file.exists()
