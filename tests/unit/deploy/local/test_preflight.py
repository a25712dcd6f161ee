import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.preflight import check_start
from deploy.local.run_file import record_run
from shared.contract.layout import StoreLayout
from shared.errors import KeyFileError, ModelgateError, NotAStoreError, SettingsError
from tests.support.processes.ports import free_ports
from trainer.tracking import client


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = free_ports(2)
    monkeypatch.setenv("GATEKEEPER_PORT", str(first))
    monkeypatch.setenv("PREDICTOR_PORT", str(first + 1))
    monkeypatch.setenv("STORE_DIR", str(tmp_path / "store"))


def test_a_run_records_the_settings_that_make_targets_share(tmp_path: Path) -> None:
    run = check_start()
    assert run.layout.root == tmp_path / "store"
    with record_run(run.layout, run.settings):
        first, *settings = run.layout.run_file.read_text().splitlines()
        assert int(first) == os.getpid()
        assert f"PREDICTOR_PORT={os.environ['PREDICTOR_PORT']}" in settings
        assert "METRIC=f1" in settings
    assert not run.layout.run_file.exists()


def test_the_manager_waits_for_drain_and_grace_of_the_predictor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By default, everything stops within ten seconds."""
    assert check_start().predictor_stop == 8
    monkeypatch.setenv("PREDICTOR_DRAIN_SECONDS", "20.5")
    monkeypatch.setenv("PREDICTOR_GRACE_SECONDS", "30")
    assert check_start().predictor_stop == 53


def test_the_trainers_variables_are_recorded_for_make_retrain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TRAINER_DATASET", "examples/customers.csv")
    monkeypatch.setenv("TRAINER_TARGET", "")
    monkeypatch.setenv("TRAINER_SPLIT_SALT", "two\nlines")
    given = {name: value for name, value in check_start().settings.items() if "TRAINER" in name}
    assert given == {"TRAINER_DATASET": "examples/customers.csv"}


def test_a_port_that_is_taken_is_named_with_its_variable(
    taken_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREDICTOR_PORT", str(taken_port))
    with pytest.raises(ModelgateError, match=f"predictor.*{taken_port}.*PREDICTOR_PORT="):
        check_start()


def test_a_receiver_of_spans_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318")
    with pytest.raises(SettingsError, match="OTEL_EXPORTER_OTLP_ENDPOINT is not an address"):
        check_start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318")
    monkeypatch.delitem(sys.modules, "shared.telemetry.span_sender", raising=False)
    with monkeypatch.context() as without_packages:
        without_packages.setitem(sys.modules, "opentelemetry.sdk.trace", None)
        with pytest.raises(SettingsError, match="requirements/otel.txt"):
            check_start()
    assert not (tmp_path / "store").exists()
    check_start()


def test_a_server_of_mlflow_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert not check_start().has_tracking
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "mlruns")
    with pytest.raises(SettingsError, match="MLFLOW_TRACKING_URI is not the address of a server"):
        check_start()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://localhost:5000")
    monkeypatch.setattr(client, "is_installed", lambda: False)
    with pytest.raises(SettingsError, match="requirements/mlflow.txt"):
        check_start()
    monkeypatch.setattr(client, "is_installed", lambda: True)
    assert check_start().has_tracking


def test_two_services_do_not_share_a_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREDICTOR_PORT", os.environ["GATEKEEPER_PORT"])
    with pytest.raises(ModelgateError, match="GATEKEEPER_PORT and PREDICTOR_PORT are both"):
        check_start()


def test_port_0_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEKEEPER_PORT", "0")
    with pytest.raises(ModelgateError, match="GATEKEEPER_PORT is 0"):
        check_start()


def test_an_address_that_is_not_this_machines_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEKEEPER_HOST", "192.0.2.1")
    with pytest.raises(ModelgateError, match="GATEKEEPER_HOST=192.0.2.1"):
        check_start()


@pytest.mark.parametrize("service", ["TRAINER", "GATEKEEPER", "PREDICTOR"])
def test_a_setting_that_no_service_knows_stops_the_start(
    service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{service}_NONSENSE", "1")
    with pytest.raises(SettingsError, match=f"{service}_NONSENSE"):
        check_start()
    assert not (tmp_path / "store").exists()


def test_a_directory_with_other_things_in_it_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "thesis.txt").touch()
    with pytest.raises(NotAStoreError, match="thesis"):
        check_start()
    assert os.listdir(tmp_path / "store") == ["thesis.txt"]


def test_a_store_has_one_live_run(tmp_path: Path) -> None:
    layout = StoreLayout(tmp_path / "store")
    check_start()
    other = [sys.executable, "-c", "input()", "-m", "deploy.local.run"]
    with subprocess.Popen(other, stdin=subprocess.PIPE) as running:
        layout.run_file.write_text(f"{running.pid}\n")
        with pytest.raises(ModelgateError, match=re.escape(f"(process {running.pid})")):
            check_start()
        running.communicate(b"\n")
    check_start()


@pytest.mark.parametrize(
    "variable",
    [
        "TRAINER_SIGNING_KEY",
        "GATEKEEPER_TRAINER_KEYS",
        "GATEKEEPER_SIGNING_KEY",
        "PREDICTOR_GATEKEEPER_KEYS",
    ],
)
def test_a_key_that_cannot_be_used_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    path = tmp_path / "key.pem"
    path.touch(mode=0o600)
    monkeypatch.setenv(variable, str(path))
    with pytest.raises(KeyFileError, match=f"{path} must contain .*make keys"):
        check_start()
