"""A real MLflow server on a free port, which a test kills and starts again."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.http import plain_http
from tests.support.processes.ports import free_ports, is_listening
from tests.support.processes.wait_until import wait_for

PYTHON = Path(f"{sys.prefix}-mlflow") / "bin" / "python"
START_SECONDS = 240.0
"""Seconds for the imports of MLflow and for the tables of a new database."""
_HOST = Path(__file__).with_name("server_host.py")


class MlflowServer:
    """One server with its database and its files, which survive a kill."""

    def __init__(self, host: "subprocess.Popen[str]", port: int, folder: Path) -> None:
        self._host = host
        self._port = port
        self._folder = folder
        self.url = f"http://127.0.0.1:{port}"
        self.pid = 0

    def start(self) -> None:
        """Start the server, and wait until it answers from its database."""
        self.pid = self._order("serve", self._port)
        wait_for(self._answers, "MLflow to answer", START_SECONDS)

    def kill(self) -> None:
        """End the server as a crash does."""
        os.kill(self.pid, signal.SIGKILL)
        wait_for(lambda: not self.is_listening(), "the port to be free")

    def predict(self, uri: str, rows: list[dict[str, Any]]) -> Any:
        """Load a model with MLflow in another process, and return its answers for rows."""
        result = self._folder / "answers.json"
        result.unlink(missing_ok=True)
        child = self._order("predict", uri, rows, str(result))
        wait_for(lambda: not Path(f"/proc/{child}").exists(), "the model's answers", START_SECONDS)
        return json.loads(result.read_text())

    def _order(self, *order: object) -> int:
        assert self._host.stdin is not None
        assert self._host.stdout is not None
        self._host.stdin.write(f"{json.dumps(order)}\n")
        self._host.stdin.flush()
        return int(json.loads(self._host.stdout.readline()))

    def is_listening(self) -> bool:
        """Return whether the server runs."""
        return is_listening(self._port)

    def _answers(self) -> bool:
        if not self.is_listening():
            return False
        body = {"max_results": 1}
        url = f"{self.url}/api/2.0/mlflow/experiments/search"
        return plain_http.post(url, json=body).status_code == 200


@contextmanager
def mlflow_server(folder: Path, database: str | None = None) -> Iterator[MlflowServer]:
    """Run a server on a database, by default one of SQLite, until the block ends."""
    if not PYTHON.exists():
        assert "CI" not in os.environ, "CI needs the environment of make setup-mlflow"
        pytest.skip("there is no MLflow server: make setup-mlflow installs it")
    folder.mkdir(exist_ok=True)
    port = free_ports(1)  # the kernel could give another one to a connection during a restart
    variables = {
        "_MLFLOW_SERVER_FILE_STORE": database or f"sqlite:///{folder}/mlflow.sqlite",
        "_MLFLOW_SERVER_ARTIFACT_ROOT": "mlflow-artifacts:/",
        "_MLFLOW_SERVER_ARTIFACT_DESTINATION": str(folder / "artefacts"),
        "_MLFLOW_SERVER_SERVE_ARTIFACTS": "true",
        "MLFLOW_TRACKING_URI": f"http://127.0.0.1:{port}",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        "TMPDIR": str(folder),
    }
    with (
        (folder / "log").open("ab") as log,
        subprocess.Popen(
            [str(PYTHON), str(_HOST)],
            env=os.environ | variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        ) as host,
    ):
        server = MlflowServer(host, port, folder)
        try:
            assert host.stdout is not None
            assert json.loads(host.stdout.readline() or "null") == "ready", folder / "log"
            server.start()
            yield server
        finally:
            os.killpg(host.pid, signal.SIGKILL)
