"""Predictors of compose are replaced one after the other, and no request by its DNS fails."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.compose import steady_clients
from tests.faults.support.effort import figure
from tests.stacks.compose_stack import ComposeStack
from tests.stacks.stack import running
from tests.support.processes.wait_until import wait_for

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposeStack]:
    """Start a project with two predictors, and ports for a third one."""
    stack = ComposeStack(tmp_path_factory.mktemp("stack"))
    stack.environment["PREDICTOR_PORT"] = f"{stack.predictor_port}-{stack.predictor_port + 2}"
    with running(stack, is_trained=True):
        scale(stack, 2)
        yield stack


def scale(stack: ComposeStack, count: int) -> None:
    stack.up("--no-recreate", "--no-deps", "--scale", f"predictor={count}", "predictor")


@contextmanager
def clients_inside(stack: ComposeStack, row: list[Any]) -> Iterator[dict[str, Any]]:
    """Run the clients in the predictors' network; their report is complete after the block."""
    project = stack.environment["COMPOSE_PROJECT_NAME"]
    name, report = f"{project}-clients", dict[str, Any]()
    command = ["docker", "run", "--rm", "--name", name, "--network", f"{project}_predictions"]
    command += ["--interactive", "--entrypoint", "python", f"{project}-gatekeeper", "-"]
    program = Path(steady_clients.__file__).read_bytes()
    with subprocess.Popen(
        [*command, json.dumps(row)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=dict(os.environ),
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(program)
        process.stdin.close()
        try:
            assert process.stdout.readline() == b"started\n"
            yield report
        finally:
            stack.run("docker", "kill", "--signal", "TERM", name, check=False)
            lines = process.stdout.read().splitlines()
        report |= json.loads(lines[-1])


def replace_oldest(stack: ComposeStack) -> None:
    """Start another predictor, and stop the oldest one when the new one is healthy."""
    found = sorted(stack.inspect("predictor"), key=lambda each: each["Created"])
    scale(stack, 3)
    stack.run("docker", "stop", found[0]["Id"])
    stack.run("docker", "rm", found[0]["Id"])
    assert found[0]["Id"] not in {each["Id"] for each in stack.inspect("predictor")}


@pytest.mark.timeout(1800)  # 20 times on a busy machine
def test_no_request_fails_while_predictors_are_replaced(stack: ComposeStack) -> None:
    times = figure(quick=3, full=20)
    with clients_inside(stack, stack.example()) as report:
        for _ in range(times):
            replace_oldest(stack)
    assert report["failures"] == []
    assert report["hosts"] >= 3, "new predictors answer"
    assert report["asked"] > 50 * times


def test_a_stopped_predictor_drains_and_exits_by_itself(stack: ComposeStack) -> None:
    oldest = min(stack.inspect("predictor"), key=lambda each: each["Created"])
    stack.run("docker", "stop", oldest["Id"])
    logs = stack.run("docker", "logs", oldest["Id"])
    assert "Stopping: not ready from now on" in logs.stdout + logs.stderr
    (state,) = json.loads(stack.run("docker", "inspect", oldest["Id"]).stdout)
    assert state["State"]["ExitCode"] == 0
    stack.run("docker", "start", oldest["Id"])
    wait_for(
        lambda: (
            {each["State"]["Health"]["Status"] for each in stack.inspect("predictor")}
            == {"healthy"}
        ),
        "all predictors to be healthy again",
    )
