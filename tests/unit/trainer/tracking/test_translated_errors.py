"""An answer that is not MLflow's own is a sentence that says what to change."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from tests.support.project import ROOT
from trainer.tracking import client
from trainer.tracking.client import RefusedByMlflowError, TrackingError
from trainer.tracking.server_address import TrackingServer


@pytest.fixture(autouse=True)
def _patient_client() -> Iterator[None]:
    """Let a busy machine take its time, and forget what the client sets in the environment."""
    with mock.patch.dict(os.environ, {"MLFLOW_HTTP_REQUEST_TIMEOUT": "240"}):
        yield


@contextmanager
def answering(status: int, body: bytes = b"<html>") -> Iterator[TrackingServer]:
    """Run a server that answers each request with the same bytes."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = answer  # noqa: N815 - the names of the library

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            url = f"http://kim:secret@127.0.0.1:{server.server_port}"
            yield TrackingServer(url, "churn", "churn")
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (401, "does not permit this"),
        (403, "does not permit this"),
        (404, "is not one of MLflow at this path. Correct MLFLOW_TRACKING_URI"),
        (400, "failed to answer a request"),
        (502, "failed to answer a request"),
        (200, "failed to answer a request"),
    ],
)
def test_each_status_has_its_sentence(status: int, sentence: str) -> None:
    with answering(status) as server:
        real = client.connect(server)
        with pytest.raises(TrackingError, match=sentence) as found:  # noqa: SIM117 - one statement below
            with client.translated(server):
                real.search_experiments()
    assert "secret" not in str(found.value)


def test_a_file_that_is_too_large_is_not_sent_again_and_again(tmp_path: Path) -> None:
    http_artifact_repo: Any = import_module("mlflow.store.artifact.http_artifact_repo")
    file = tmp_path / "model.onnx"
    file.write_bytes((ROOT / "README.md").read_bytes())
    with answering(413) as server:
        client.connect(server)
        files: Any = http_artifact_repo.HttpArtifactRepository(
            f"{server.uri}/api/2.0/mlflow-artifacts/artifacts"
        )
        with pytest.raises(RefusedByMlflowError, match="as too large"), client.translated(server):
            files.log_artifact(str(file))


def test_a_package_that_the_files_need_is_named() -> None:
    server = TrackingServer("http://localhost:5000", "churn", "churn")
    with pytest.raises(TrackingError, match="the package no_such_module is not installed"):  # noqa: SIM117 - as above
        with client.translated(server):
            import no_such_module  # type: ignore[import-not-found]  # noqa: F401, PLC0415
