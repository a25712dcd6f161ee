"""deploy/local/stack.sh retrain: the settings and files that it passes to the trainer."""

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes.wait_until import PATIENCE_SECONDS, wait_for
from tests.unit.deploy.local.checkout import SCRIPT, Checkout

SLOW_DOCKER = """#!/bin/sh
echo "$*" >>"$FAKE_CALLS"
case "$*" in
"compose ps"*) echo 0123456789ab ;;
inspect*) ;;
*" run "*) exec sleep 60 ;;
esac
"""
DOCKER_WITH_A_RETRAINING = """#!/bin/sh
case "$*" in
"compose ps --quiet") echo 0123456789ab ;;
"compose ps --all --quiet trainer") echo aaaa; echo bbbb ;;
inspect*oneoff*True*" aaaa bbbb")
    echo TRAINER_TARGET=plan; echo "No such object: bbbb" >&2; exit 1 ;;
inspect*) exit 1 ;;
esac
"""


@pytest.mark.usefixtures("live_run")
def test_a_retraining_goes_on_with_all_settings_of_the_run(checkout: Checkout) -> None:
    with checkout.store.run_file.open("a") as run_file:
        run_file.write("TRAINER_DATASET=plans.csv\nTRAINER_TARGET=plan=\n")
        run_file.write("TRAINER_CANDIDATES=mine:TABLE\nTRAINER_DROP=id\n")
    says = checkout.says("retrain", TRAINER_DATASET="flats.csv", TRAINER_SEED="7", TRAINER_DROP="")
    assert says[:2] == [
        "Settings of the run: METRIC=recall, TRAINER_CANDIDATES=mine:TABLE, TRAINER_TARGET=plan=",
        "Settings of this command: TRAINER_DATASET=flats.csv, TRAINER_DROP=, TRAINER_SEED=7",
    ]
    assert says[2] == (
        "The run has another table (plans.csv). Its settings of columns stay. "
        "To replace them, add: TRAINER_TARGET=…"
    )
    assert [line for line in says[3:] if "TRAINER" in line] == [
        "TRAINER_CANDIDATES=mine:TABLE",
        "TRAINER_DATASET=flats.csv",
        "TRAINER_DROP=",
        "TRAINER_SEED=7",
        "TRAINER_TARGET=plan=",
    ]


def test_a_retraining_in_a_container_goes_on_with_the_settings_of_the_trainers_container(
    checkout: Checkout,
) -> None:
    checkout.project.touch()
    (checkout.root / ".env").write_text("TRAINER_SEED=3\n")
    (checkout.root / "environment").write_text(
        "PATH=/bin\nSTORE_DIR=/store\nMETRIC\nTRAINER_SALT\nTRAINER_CANDIDATES=mine:TABLE\nTRAINER_SEED=1\nTRAINER_DROP=\n"
    )
    says = checkout.says("retrain", TRAINER_TARGET="late")
    assert says[:2] == [
        "Settings of the run: TRAINER_CANDIDATES=mine:TABLE",
        "Settings of this command: TRAINER_TARGET=late",
    ]
    variables = [word for word in says if word.startswith(("TRAINER_", "STORE_DIR", "PATH"))]
    assert variables == ["TRAINER_CANDIDATES=mine:TABLE", "TRAINER_DROP=", "TRAINER_TARGET=late"]


def test_a_second_retraining_goes_on_with_the_settings_of_the_stack(checkout: Checkout) -> None:
    checkout.program(checkout.root / "bin" / "docker", DOCKER_WITH_A_RETRAINING)
    says = checkout.says("retrain")
    assert says[0] == "Settings of the run: TRAINER_TARGET=plan"


@pytest.fixture
def calls(checkout: Checkout) -> Path:
    """Return the file with the calls of a docker that trains for a minute."""
    checkout.program(checkout.root / "bin" / "docker", SLOW_DOCKER)
    calls = checkout.root / "calls"
    calls.touch()
    return calls


def retraining(checkout: Checkout, calls: Path, **options: Any) -> subprocess.Popen[str]:
    """Begin a retraining, and wait until its container runs."""
    path = f"{checkout.root / 'bin'}:{os.environ['PATH']}"
    process = subprocess.Popen(
        ["/bin/sh", SCRIPT, "retrain"],
        cwd=checkout.root,
        env={"PATH": path, "FAKE_CALLS": str(calls)},
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )
    wait_for(lambda: " run " in calls.read_text(), "a container")
    return process


def assert_its_container_was_stopped(pid: int, calls: Path) -> None:
    name = f"modelgate-retrain-{pid}"
    said = calls.read_text().splitlines()
    assert f"--name {name}" in next(line for line in said if " run " in line)
    assert said[-2:] == [f"stop --time 10 {name}", f"rm --force {name}"]


def test_a_stopped_retraining_stops_its_container(checkout: Checkout, calls: Path) -> None:
    with retraining(checkout, calls, stdin=subprocess.DEVNULL) as stopped:
        stopped.terminate()
        assert stopped.wait(PATIENCE_SECONDS) == 143
        assert stopped.stderr is not None
        assert "has stopped" in stopped.stderr.read()
    assert_its_container_was_stopped(stopped.pid, calls)


def test_a_retraining_whose_terminal_is_closed_stops_its_container(
    checkout: Checkout, calls: Path
) -> None:
    ours, terminal = os.openpty()
    with retraining(
        checkout, calls, stdin=terminal, stdout=terminal, start_new_session=True
    ) as stopped:
        os.close(terminal)
        os.close(ours)
        os.killpg(stopped.pid, signal.SIGHUP)  # as the shell of a closed terminal does
        assert stopped.wait(PATIENCE_SECONDS) == 143
    assert " -T " not in calls.read_text()
    assert_its_container_was_stopped(stopped.pid, calls)


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
    assert said[1:7] == ["docker", "compose", "run", "--rm", "--no-deps", "--name"]
    assert said[-3:] == ["-T", "trainer", "trainer"]
    options = said[8:-3]
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


CHECKING_DOCKER = """#!/bin/sh
case "$*" in
"compose ps --quiet") echo 0123456789ab; exit ;;
"compose ps --all --quiet trainer") exit ;;
esac
echo "$*" >>"$FAKE_CALLS"
echo "a table" >&2
echo "<!doctype html>"
exit 2
"""


def test_a_table_is_checked_in_a_container_and_the_page_is_written_here(
    checkout: Checkout,
) -> None:
    checkout.program(checkout.root / "bin" / "docker", CHECKING_DOCKER)
    (checkout.root / "mine.csv").touch()
    calls, page = checkout.root / "calls", checkout.root / "build" / "page.html"
    done = checkout.call(
        "check-data", "build/page.html", TRAINER_DATASET="mine.csv", FAKE_CALLS=str(calls)
    )
    assert (done.returncode, done.stderr) == (2, "a table\n")
    assert done.stdout.splitlines()[-1] == "Page: build/page.html"
    assert page.read_text() == "<!doctype html>\n"
    assert page.stat().st_mode & 0o777 == 0o600
    assert list(page.parent.iterdir()) == [page]
    said = calls.read_text()
    assert " --env TRAINER_DATASET=/inputs/mine.csv " in said
    assert f" --volume {checkout.root}/mine.csv:/inputs/mine.csv:ro " in said
    assert said.endswith(" -T trainer trainer.check_data --page -\n")
