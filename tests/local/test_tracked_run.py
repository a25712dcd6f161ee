"""`make run` with an MLflow server: the follower runs beside the services, and is started again."""

import os
import signal
from pathlib import Path

import psutil
import pytest

from tests.stacks.local_stack import LocalStack
from tests.stacks.stack import running
from tests.support.mlflow.mirror import Mirror, tags_of
from tests.support.mlflow.server import START_SECONDS, mlflow_server
from tests.support.processes.wait_until import wait_for

pytestmark = pytest.mark.thorough


def follower_of(stack: LocalStack) -> int | None:
    """Return the process id of the follower that the manager has started."""
    for process in psutil.Process(stack.manager.pid).children(recursive=True):
        try:
            if "trainer.tracking" in process.cmdline():
                return process.pid
        except psutil.NoSuchProcess:
            continue
    return None


def outcomes(mirror: Mirror) -> list[str | None]:
    return [tags_of(run["data"]).get("modelgate.outcome") for run in mirror.runs()]


def test_a_run_and_its_decision_arrive_also_after_a_kill_of_the_follower(tmp_path: Path) -> None:
    with mlflow_server(tmp_path / "mlflow") as server:
        mirror = Mirror(server, "churn")
        variables = {
            "MLFLOW_TRACKING_URI": server.url,
            "MLFLOW_EXPERIMENT_NAME": "churn",
            "MLFLOW_MODEL_NAME": "churn",
        }
        with running(LocalStack(tmp_path / "stack", {}, **variables)) as stack:
            wait_for(lambda: mirror.champion() == 1, "the first promotion", START_SECONDS)
            killed = wait_for(lambda: follower_of(stack), "the follower")
            os.kill(killed, signal.SIGKILL)
            refused = stack.make("retrain", TRAINER_CANDIDATES="examples.weak:CANDIDATES")
            assert refused.returncode == 0, refused
            wait_for(
                lambda: outcomes(mirror) == ["promoted", "refused"], "the refusal", START_SECONDS
            )
            assert follower_of(stack) not in {None, killed}
        first, second = mirror.runs()
        assert mirror.files(first) == {"manifest.json", "model", "report.html"}
        names = {metric["key"] for metric in first["data"]["metrics"]}
        assert {"holdout/f1", "validation/logistic_regression/f1"} <= names
        assert "champion-comparison" in tags_of(second["data"])["modelgate.reason"]
