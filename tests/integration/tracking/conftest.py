"""One MLflow server for all tests of a worker, since its imports take many seconds."""

import re
from collections.abc import Iterator

import pytest

from tests.support.mlflow.mirror import Mirror
from tests.support.mlflow.server import MlflowServer, mlflow_server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    with mlflow_server(tmp_path_factory.mktemp("mlflow")) as started:
        yield started


@pytest.fixture
def mirror(server: MlflowServer, request: pytest.FixtureRequest) -> Mirror:
    """Return an experiment and a registered model for one test."""
    return Mirror(server, re.sub(r"\W", "-", request.node.name)[:100])


@pytest.fixture(autouse=True)
def _patient_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a busy machine take its time: a test makes one step, which must not fail."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "240")
