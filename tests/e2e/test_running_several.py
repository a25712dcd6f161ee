"""Stacks side by side, and what stands in the way of a start."""

import socket
import subprocess
from pathlib import Path

from tests.e2e.local_stack import ROOT, LocalStack, running_stack


def run_to_its_end(stack: LocalStack) -> subprocess.CompletedProcess[str]:
    arguments = [f"{name}={value}" for name, value in stack.variables.items()]
    return subprocess.run(
        ["make", "run", *arguments],
        cwd=ROOT,
        env=stack.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_two_stacks_run_side_by_side_and_one_store_has_one_run(tmp_path: Path) -> None:
    with running_stack(tmp_path / "one") as one, running_stack(tmp_path / "two") as two:
        assert two.make("rollback", VERSION=1).returncode != 0
        assert two.make("retrain").returncode == 0
        assert (one.predict()["model_version"], two.predict()["model_version"]) == (1, 2)
        second = LocalStack(one.store.layout.root, tmp_path / "log")
        refused = run_to_its_end(second)
        assert refused.returncode != 0
        assert str(one.manager) in refused.stderr


def test_a_port_that_is_taken_is_named_with_its_variable(tmp_path: Path) -> None:
    stack = LocalStack(tmp_path / "store", tmp_path / "log")
    with socket.create_server(("127.0.0.1", stack.predictor)):
        refused = run_to_its_end(stack)
    assert refused.returncode != 0
    assert f"{stack.predictor}" in refused.stderr
    assert "PREDICTOR_PORT" in refused.stderr


def test_a_setting_that_is_wrong_is_named_before_anything_starts(tmp_path: Path) -> None:
    stack = LocalStack(tmp_path / "store", tmp_path / "log", TRAINER_SEAD=7)
    refused = run_to_its_end(stack)
    assert refused.returncode != 0
    assert "TRAINER_SEAD" in refused.stderr
    assert not stack.answers()
