"""docs/deploy.md is run from top to bottom on a machine in a directory, behind a real nginx."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

from tests.contract.server_machine import Machine
from tests.support.project import ROOT

TEXT = (ROOT / "docs" / "deploy.md").read_text()
SERVER = ROOT / "deploy" / "server"
UNITS = sorted([*SERVER.glob("*.service"), *SERVER.glob("*.timer")])
NEEDED = ("nginx", "openssl", "curl", "flock")


def blocks(section: str) -> list[str]:
    """List the commands of a section, block by block."""
    part = TEXT.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return re.findall(r"```sh\n(.*?)```", part, re.DOTALL)


SECTIONS = re.findall(r"^## (.*)$", TEXT, re.MULTILINE)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    for name in NEEDED:
        if shutil.which(name, path="/usr/sbin:/usr/bin:/bin:/usr/local/bin") is None:
            assert "CI" not in os.environ, f"CI needs {name}; .ci/nginx installs nginx"
            pytest.skip(f"there is no {name}")
    with Machine(tmp_path_factory.mktemp("machine")).running() as started:
        yield started


def test_every_block_belongs_to_a_section_that_is_run() -> None:
    assert sum(len(blocks(name)) for name in SECTIONS) == TEXT.count("```sh\n")


def test_the_machine_gets_a_first_model(machine: Machine) -> None:
    for block in [*blocks("A machine"), *blocks("The first model")]:
        machine.sh(block)
    assert "docker compose up --wait" in machine.output
    assert "TRAINER_TARGET=churn" in (machine.checkout / ".env").read_text()
    assert (machine.checkout / "data" / "train.csv").exists()


def test_a_client_with_its_key_gets_a_prediction_over_tls(machine: Machine) -> None:
    files, certificate, key, request, trusted, removal = blocks("TLS and keys")
    machine.sh(files)
    machine.sh(certificate)
    machine.sh(key + request)
    assert '"path": "/predict"' in machine.output
    assert '"support calls": 6' in machine.output
    assert machine.ask("/predict", machine.key())[0] == HTTPStatus.OK
    machine.sh(trusted)
    (machine.root / "keep").write_text(machine.key())
    machine.sh(removal)
    assert machine.until("/predict", (machine.root / "keep").read_text(), HTTPStatus.UNAUTHORIZED)
    machine.sh(key)


def test_without_the_key_there_is_no_answer(machine: Machine) -> None:
    key = machine.key()
    for wrong in ("", "0" * 64, key[:-1], key + "0"):
        for path in ("/predict", "/model", "/v2", "/v2/models/modelgate/infer"):
            assert machine.ask(path, wrong)[0] == HTTPStatus.UNAUTHORIZED, (path, wrong)
    assert machine.until("/predict", key, HTTPStatus.OK)


def test_only_the_paths_of_clients_are_reachable(machine: Machine) -> None:
    key = machine.key()
    for path in (
        "/metrics",
        "/docs",
        "/openapi.json",
        "/",
        "/registry",
        "/predictx",
        "/v2/..%2fmetrics",
    ):
        assert machine.ask(path, key)[0] == HTTPStatus.NOT_FOUND, path
    for path in ("/model", "/v2", "/v2/health/ready", "/predict"):
        assert machine.ask(path, key)[0] == HTTPStatus.OK, path
    assert machine.ask("/readyz", "")[0] == HTTPStatus.OK


def test_the_predictor_gets_no_key_and_large_bodies(machine: Machine) -> None:
    status, text = machine.ask("/predict", machine.key(), body="x" * (2 << 20))
    assert status == HTTPStatus.OK
    assert '"authorization": null' in text
    assert machine.ask("/predict", machine.key(), body="x" * (17 << 20))[0] == 413


def test_http_leads_to_https(machine: Machine) -> None:
    status, text = machine.ask("/predict", "", scheme="http")
    assert (status, "301 Moved Permanently" in text) == (HTTPStatus.MOVED_PERMANENTLY, True)


def test_the_log_names_the_client_and_not_its_key(machine: Machine) -> None:
    log = (machine.root / "var/log/nginx/modelgate.log").read_text()
    assert "127.0.0.1 billing [" in log
    assert machine.key() not in log


def test_the_nightly_job_runs_and_its_alert_is_sent(machine: Machine) -> None:
    first, timer, cron, trial = blocks("Each night")
    machine.sh(first)
    settings = machine.root / "etc/modelgate/nightly.env"
    assert settings.stat().st_mode & 0o777 == 0o600
    machine.sh(timer)
    assert "systemctl enable --now modelgate-nightly.timer" in machine.output
    machine.sh(cron)
    line = (machine.root / "etc/cron.d/modelgate").read_text()
    assert re.fullmatch(r"\d+ \d+ \* \* \* modelgate sh \S+/deploy/server/nightly.sh\n", line)
    assert machine.sh(trial, check=False) == 3
    assert "was not promoted" in machine.mail.read_text()


def test_the_rest_of_the_page_runs(machine: Machine) -> None:
    for name in ("Look and decide", "Backup", "Upgrade", "Without Docker"):
        for block in blocks(name):
            machine.sh(block)
    assert "cat /store/token" in machine.output
    assert "gatekeeper.client rollback 1 complaints since Monday" in machine.output
    assert (machine.checkout / "backups" / "before-upgrade.tar.gz").exists()
    assert machine.output.count("docker compose up --build --wait") == 1


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd")
@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_accepts_the_units(path: Path, tmp_path: Path) -> None:
    for unit in UNITS:
        text = unit.read_text().replace("User=modelgate", "User=root")
        text = text.replace("/opt/modelgate/modelgate", str(ROOT / "modelgate"))
        (tmp_path / unit.name).write_text(text.replace("/opt/modelgate", str(ROOT)))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tmp_path / path.name],
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if str(tmp_path) in line]
    assert (done.returncode, ours) == (0, []), done.stderr


def test_the_table_of_statuses_is_the_scripts() -> None:
    table = re.findall(r"^\| (\d) \| ", TEXT, re.MULTILINE)
    assert table == ["0", "1", "2", "3", "4"]
