"""Stacks side by side, and what stands in the way of a start."""

import socket
import subprocess
from pathlib import Path

import httpx

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


def test_a_file_of_ones_own_is_trained_gated_and_served(tmp_path: Path) -> None:
    table = tmp_path / "mine.csv"
    rows = [(n / 7 % 5, n % 11, "yes" if n / 7 % 5 + n % 11 > 7 else "no") for n in range(400)]
    table.write_text("\n".join(["width,height,outcome", *(f"{a},{b},{c}" for a, b, c in rows)]))
    own = {
        "TRAINER_DATASET": table,
        "TRAINER_TARGET": "outcome",
        "TRAINER_POSITIVE_LABEL": "yes",
    }
    with running_stack(tmp_path / "stack", **own) as stack:
        assert stack.make("retrain", **own).returncode == 0
        by_name = {"features": {"height": 10, "width": 4}}
        answer = httpx.post(f"{stack.url}/predict", json=by_name).json()
        assert (answer["label"], answer["prediction"], answer["model_version"]) == ("yes", 1, 2)


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
