"""deploy/local/stack.sh with a docker and a Python that only print their arguments."""

import gzip
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.contract.layout import StoreLayout
from tests.support.project import ROOT

SCRIPT = ROOT / "deploy" / "local" / "stack.sh"

DOCKER = """#!/bin/sh
case "$*" in
"compose ps --quiet") [ ! -e "$FAKE_PROJECT" ] || echo 0123456789ab; exit ;;
*shared.maintenance.backup*) cat "$FAKE_BACKUP"; exit ;;
esac
for word in docker "$@"; do echo "$word"; done
"""
PYTHON = """#!/bin/sh
for word in python "$@"; do echo "$word"; done
env | grep -E '^(GATEKEEPER|PREDICTOR|TRAINER|METRIC)' | sort
"""


class Checkout:
    """A directory to call the script in."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.store = StoreLayout(root / ".store")
        self.project = root / "project-is-up"
        self.program(root / "bin" / "docker", DOCKER)
        self.program(root / ".venv" / "bin" / "python", PYTHON)
        self.store.root.mkdir()

    def program(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def call(
        self, *command: str, shell: str = "sh", **variables: str
    ) -> subprocess.CompletedProcess[str]:
        path = f"{self.root / 'bin'}:{os.environ['PATH']}"
        return subprocess.run(
            [shell, SCRIPT, *command],
            cwd=self.root,
            env={
                "PATH": path,
                "FAKE_PROJECT": str(self.project),
                "FAKE_BACKUP": str(self.root / "backup"),
                **variables,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def says(self, *command: str, **variables: str) -> list[str]:
        done = self.call(*command, **variables)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


@pytest.fixture
def live_run(checkout: Checkout) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process that looks like a local run with its own port."""
    command = [sys.executable, "-c", "input()", "-m", "deploy.local.run"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as running:
        checkout.store.run_file.write_text(f"{running.pid}\nPREDICTOR_PORT=9000\nMETRIC=recall\n")
        yield running
        running.kill()


@pytest.mark.usefixtures("live_run")
def test_the_live_local_run_comes_first_and_its_settings_hold(checkout: Checkout) -> None:
    checkout.project.touch()
    assert checkout.says("predict") == [
        *("python", "-m", "predictor.client"),
        *("METRIC=recall", "PREDICTOR_PORT=9000"),
    ]
    assert "METRIC=f1" in checkout.says("retrain", METRIC="f1")
    assert checkout.says("retrain", STACK="compose")[0] == "docker"


@pytest.mark.usefixtures("live_run")
def test_a_retraining_goes_on_with_the_data_of_the_run(checkout: Checkout) -> None:
    with checkout.store.run_file.open("a") as run_file:
        run_file.write("TRAINER_DATASET=plans.csv\nTRAINER_TARGET=plan=\n")
        run_file.write("TRAINER_SIGNING_KEY=keys/trainer.pem\n")
    settings = checkout.says("retrain", TRAINER_SEED="7")[3:]
    assert {"TRAINER_DATASET=plans.csv", "TRAINER_TARGET=plan=", "TRAINER_SEED=7"} <= set(settings)
    other = checkout.says("retrain", TRAINER_DATASET="flats.csv")
    assert [line for line in other if "TRAINER" in line] == [
        "TRAINER_DATASET=flats.csv",
        "TRAINER_SIGNING_KEY=keys/trainer.pem",
    ]


def test_a_run_that_was_killed_is_not_live(
    checkout: Checkout, live_run: subprocess.Popen[bytes]
) -> None:
    checkout.project.touch()
    live_run.kill()
    live_run.wait()
    assert checkout.says("predict")[0] == "docker"
    # Its number may have become another process's.
    checkout.store.run_file.write_text(f"{os.getpid()}\n")
    assert checkout.says("predict")[0] == "docker"


def test_without_any_stack_it_says_how_to_start_one(checkout: Checkout) -> None:
    refused = checkout.call("retrain")
    assert refused.returncode == 1
    assert "make run" in refused.stderr
    assert "docker compose up" in refused.stderr
    assert "local or compose" in checkout.call("retrain", STACK="cloud").stderr


def test_a_stopped_store_can_be_checked_and_stopping_it_again_is_no_error(
    checkout: Checkout,
) -> None:
    assert checkout.says("fsck") == ["python", "-m", "shared.maintenance.fsck"]
    assert checkout.says("down") == ["No local run uses the store .store."]


def test_a_stopped_store_can_be_backed_up_and_restored(checkout: Checkout) -> None:
    assert checkout.says("backup", "b") == ["python", "-m", "shared.maintenance.backup", "b"]
    assert checkout.says("restore", "b") == ["python", "-m", "shared.maintenance.restore", "b"]


@pytest.mark.usefixtures("live_run")
def test_a_store_in_use_can_be_backed_up_and_not_restored(checkout: Checkout) -> None:
    assert checkout.says("backup", "b")[:4] == ["python", "-m", "shared.maintenance.backup", "b"]
    refused = checkout.call("restore", "b")
    assert (refused.returncode, "make down" in refused.stderr) == (1, True)


def test_a_backup_comes_out_of_a_container_whole_or_not_at_all(checkout: Checkout) -> None:
    checkout.project.touch()
    target, made = checkout.root / "backups" / "mine.tar.gz", checkout.root / "backup"
    whole = gzip.compress(b"all of it")
    made.write_bytes(whole)
    assert checkout.says("backup", "backups/mine.tar.gz") == ["The backup is backups/mine.tar.gz."]
    assert target.read_bytes() == whole
    again = checkout.call("backup", "backups/mine.tar.gz")
    assert (again.returncode, "exists already" in again.stderr) == (1, True)
    for broken in (whole[:-4], b""):
        made.write_bytes(broken)
        cut = checkout.call("backup", "backups/other.tar.gz")
        assert (cut.returncode != 0, "incomplete" in cut.stderr) == (True, True), cut
    made.unlink()
    assert checkout.call("backup", "backups/other.tar.gz").returncode != 0
    assert list(target.parent.iterdir()) == [target]


def test_a_backup_is_restored_only_when_no_container_runs(checkout: Checkout) -> None:
    (checkout.root / "b").touch()
    said = checkout.says("restore", "b", STACK="compose")
    assert said == ["docker", "compose", "run", "--rm", "--no-deps", "-T", "restore"]
    missing = checkout.call("restore", "nothing", STACK="compose")
    assert (missing.returncode, "Cannot read" in missing.stderr) == (1, True)
    checkout.project.touch()
    refused = checkout.call("restore", "b")
    assert (refused.returncode, "make down" in refused.stderr) == (1, True)


def test_down_ends_the_local_run(checkout: Checkout, live_run: subprocess.Popen[bytes]) -> None:
    with subprocess.Popen(["/bin/sh", SCRIPT, "down"], cwd=checkout.root) as down:
        live_run.wait()  # a parent has to, or the number stays taken
        assert down.wait() == 0


def test_clients_run_where_the_token_is(checkout: Checkout) -> None:
    checkout.project.touch()
    assert checkout.says("gatekeeper", "rollback", "3") == [
        *("docker", "compose", "exec", "-T", "gatekeeper"),
        *("python", "-m", "gatekeeper.client", "rollback", "3"),
    ]


def test_a_retraining_takes_the_trainers_settings_and_no_others_into_its_container(
    checkout: Checkout,
) -> None:
    checkout.project.touch()
    said = checkout.says(
        "retrain",
        TRAINER_SEED="7",
        TRAINER_TARGET="it's $HOME",
        METRIC="recall",
        STORE_DIR=".store",
        GATEKEEPER_PORT="9001",
        HOME="/nowhere",
    )
    assert said[:6] == ["docker", "compose", "run", "--rm", "--no-deps", "-T"]
    assert said[-2:] == ["trainer", "trainer"]
    options = said[6:-2]
    assert options[::2] == ["--env"] * 3
    assert set(options[1::2]) == {"TRAINER_SEED=7", "TRAINER_TARGET=it's $HOME", "METRIC=recall"}


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_a_name_that_no_setting_can_have_is_not_evaluated(checkout: Checkout, shell: str) -> None:
    checkout.project.touch()
    strange = {"TRAINER_$(touch${IFS}evaluated)": "x"}
    done = checkout.call("retrain", shell=shell, **strange)
    assert (done.returncode, "--env" in done.stdout) == (0, False), done
    assert not (checkout.root / "evaluated").exists()


def test_a_dataset_in_the_checkout_is_mounted_already(checkout: Checkout) -> None:
    checkout.project.touch()
    (checkout.root / "data").mkdir()
    (checkout.root / "data" / "mine.csv").touch()
    for name in ("data/mine.csv", f"{checkout.root}/data/mine.csv"):
        said = checkout.says("retrain", TRAINER_DATASET=name)
        assert "TRAINER_DATASET=/app/data/mine.csv" in said
        assert "--volume" not in said


def test_inputs_elsewhere_are_mounted(checkout: Checkout) -> None:
    checkout.project.touch()
    (checkout.root / "my data.csv").touch()
    (checkout.root / "mine.py").touch()
    said = checkout.says("retrain", TRAINER_DATASET="my data.csv", TRAINER_CANDIDATES="mine:TABLE")
    assert f"{checkout.root}/my data.csv:/inputs/my data.csv:ro" in said
    assert "TRAINER_DATASET=/inputs/my data.csv" in said
    assert f"{checkout.root}/mine.py:/app/mine.py:ro" in said
    said = checkout.says("retrain", TRAINER_CANDIDATES="examples.forest:CANDIDATES")
    assert "--volume" not in said
