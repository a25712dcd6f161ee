"""The predictor's container prints the published addresses when it serves a model."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

ANSWERS = {
    "/readyz": {"ready": True},
    "/model": {"example": [1.5, "red"]},
    "/predict": {"model_name": "forest", "model_version": 3},
}


class _Predictor(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        content = json.dumps(ANSWERS[self.path]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815 - http.server's name

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Predictor) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def output(port: int, **variables: str) -> str:
    """Launch a predictor that only prints its version, and return all that is printed."""
    environment = {
        **os.environ,
        "PREDICTOR_PORT": str(port),
        "PREDICTOR_PUBLISHED": "0.0.0.0:19200",
        "GATEKEEPER_PUBLISHED": "127.0.0.1:19201",
        **variables,
    }
    return subprocess.run(
        [sys.executable, "-m", "deploy.containers.launch", "predictor", "--help"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_the_addresses_are_those_of_the_users_machine(port: int) -> None:
    said = output(port)
    assert "forest, version 3" in said
    assert "curl -s http://127.0.0.1:19200/predict -d" in said
    assert '{"features": [1.5, "red"]}' in said
    assert "overview     http://127.0.0.1:19201/" in said
    assert "`make down` stops everything." in said


@pytest.mark.parametrize("variables", [{"LOG_FORMAT": "json"}, {"GATEKEEPER_PUBLISHED": ""}])
def test_programs_that_read_the_log_and_other_containers_get_no_greeting(
    port: int, variables: dict[str, str]
) -> None:
    assert "curl" not in output(port, **variables)
