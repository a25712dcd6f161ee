"""The health probe passes only for a service that answers 200."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from tests.support.http.fake_server import FakeService, fake_server


class Service(FakeService):
    def answer(self) -> None:
        self.reply(200 if self.path == "/readyz" else 503)


@pytest.fixture
def port() -> Iterator[int]:
    with fake_server(Service) as port:
        yield port


def probe(port: int, path: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "deploy.containers.health_probe", str(port), path]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def test_a_service_that_is_ready_passes(port: int) -> None:
    probed = probe(port, "/readyz")
    assert (probed.returncode, probed.stdout) == (
        0,
        f"/readyz on port {port}: HTTP/1.0 200 OK\n",
    )


def test_a_service_that_is_not_ready_fails_with_its_answer(port: int) -> None:
    probed = probe(port, "/other")
    assert probed.returncode == 1
    assert "503 Service Unavailable" in probed.stdout


def test_a_port_without_a_service_fails_with_the_reason() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but not listening
        probed = probe(taken.getsockname()[1], "/readyz")
    assert probed.returncode == 1
    assert "Connection refused" in probed.stdout
    assert probed.stderr == ""


def test_a_connection_closed_without_an_answer_fails() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            server.accept()[0].close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        probed = probe(server.getsockname()[1], "/readyz")
        thread.join()
    assert probed.returncode == 1
