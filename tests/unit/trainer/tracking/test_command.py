"""The command explains itself, and says what is wrong before anything begins."""

from pathlib import Path

import pytest

from trainer.tracking import client
from trainer.tracking.__main__ import main


@pytest.fixture(autouse=True)
def empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STORE_DIR", str(tmp_path / "store"))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return tmp_path


@pytest.mark.parametrize(("argument", "code"), [("--help", 0), ("--unknown", 2)])
def test_the_usage_is_printed(argument: str, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([argument])
    assert stopped.value.code == code
    assert "usage: python -m trainer.tracking" in "".join(capsys.readouterr())


def test_without_an_address_it_ends_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "MLFLOW_TRACKING_URI is not set" in capsys.readouterr().err


def test_a_malformed_address_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "mlruns")
    assert main([]) == 1
    assert "Tracking cannot start. MLFLOW_TRACKING_URI is not" in capsys.readouterr().err


def test_a_missing_package_and_a_missing_store_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://localhost:5000")
    monkeypatch.setattr(client, "is_installed", lambda: True)
    assert main([]) == 1
    assert "There is no store" in capsys.readouterr().err
    monkeypatch.setattr(client, "is_installed", lambda: False)
    assert main([]) == 1
    assert "requirements/mlflow.txt (MLFLOW=true" in capsys.readouterr().err
