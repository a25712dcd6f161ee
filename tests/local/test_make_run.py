"""Properties of only `make run`: its terminal, its manager, and failed starts."""

import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.support.effort import figure
from tests.stacks.local_stack import LocalStack
from tests.stacks.stack import Ended, given, running
from tests.stacks.traffic import traffic
from tests.support.processes.wait_until import wait_for
from tests.support.sweep import sweep
from tests.support.tables.problem_tables import members_csv


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """Start a stack for the tests that need one, which run in order."""
    stack = LocalStack(tmp_path_factory.mktemp("stack"), PREDICTOR_WORKERS=2)
    with running(stack, is_trained=True) as started:
        yield started


def run_to_its_end(stack: LocalStack) -> Ended:
    stack.prepare()
    return stack.run("make", "run", *given(stack.variables), check=False)


def test_make_run_prints_a_curl_that_works(stack: LocalStack) -> None:
    line = next(
        line for line in stack.output().splitlines() if "curl" in line and "/predict" in line
    )
    command = line[line.index("curl") :]
    answer = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    body = json.loads(answer.stdout)
    assert (body["model_version"], body["label"]) in {(1, "malignant"), (1, "benign")}
    assert stack.gatekeeper_url in stack.output()


@pytest.mark.timeout(1800)  # 20 times on a busy machine
@pytest.mark.parametrize("times", sweep({"once": 1, "often": figure(quick=4, full=20)}, "once"))
def test_no_request_fails_while_workers_are_renewed(stack: LocalStack, times: int) -> None:
    with traffic(stack.url, stack.example()) as seen:
        for _ in range(times):
            stack.renew_workers()
        wait_for(lambda: seen.asked > 20 * times, "enough requests")
    assert seen.failures == []


def test_one_store_has_one_run(stack: LocalStack, tmp_path: Path) -> None:
    second = LocalStack(tmp_path)
    second.environment["STORE_DIR"] = stack.environment["STORE_DIR"]
    refused = run_to_its_end(second)
    assert refused.returncode != 0
    assert str(stack.manager.pid) in refused.stderr


def test_make_clean_is_refused_while_make_run_runs(stack: LocalStack) -> None:
    refused = stack.make("clean")
    assert refused.returncode != 0
    assert str(stack.manager.pid) in refused.stderr
    assert (stack.checkout / ".venv").exists()


def test_the_manager_killed_takes_its_services_along(stack: LocalStack) -> None:
    stack.manager.kill()
    assert stack.wait() != 0
    nothing = stack.make("registry")
    assert nothing.returncode != 0
    assert "make run" in nothing.stdout + nothing.stderr
    stack.start()


def test_ctrl_c_stops_make_run_and_all_services(stack: LocalStack) -> None:
    stack.stop(signal.SIGINT)
    assert stack.store.heartbeats.all() == []
    assert stack.make("fsck").returncode == 0


def test_a_port_that_is_taken_is_named_with_its_variable(tmp_path: Path) -> None:
    stack = LocalStack(tmp_path)
    with socket.create_server(("127.0.0.1", stack.predictor_port)):
        refused = run_to_its_end(stack)
    assert refused.returncode != 0
    assert f"{stack.predictor_port}" in refused.stderr
    assert "PREDICTOR_PORT" in refused.stderr


def test_a_setting_that_is_wrong_is_named_before_anything_starts(tmp_path: Path) -> None:
    stack = LocalStack(tmp_path, TRAINER_SEAD=7)
    refused = run_to_its_end(stack)
    assert refused.returncode != 0
    assert "TRAINER_SEAD" in refused.stderr
    assert stack.is_down()


def test_a_table_with_problems_starts_no_service(tmp_path: Path) -> None:
    stack = LocalStack(
        tmp_path,
        {"data/members.csv": members_csv()},
        TRAINER_DATASET="data/members.csv",
        TRAINER_TARGET="plan",
    )
    refused = run_to_its_end(stack)
    assert "Error 2" in refused.stderr
    assert "TRAINER_MISSING='?'" in refused.stderr
    assert "TRAINER_DROP=member,joined" in refused.stderr
    assert "Starting on the store" not in refused.stdout
    assert stack.is_down()
