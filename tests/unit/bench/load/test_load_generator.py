"""The figures of wrk are read, and a run without figures is an error."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from bench.harness.errors import BenchError
from bench.harness.machine import Cores
from bench.harness.servers import Server, bare_asgi
from bench.load.load_generator import Figures, LoadGenerator, Request, parse_figures
from tests.support.http.fake_server import FakeService, fake_server

NOT_PINNED = Cores(None, None)
FIGURES = Figures(requests=1000, seconds=2.0, failed=10, p50_ms=0.5, p99_ms=1.5, slowest_ms=3.0)


def printed(figures: Figures) -> str:
    """Return the line of the script that wrk runs."""
    return f"BENCH-JSON {json.dumps(asdict(figures))}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with bare_asgi(tmp_path_factory.mktemp("bare") / "log", None) as server:
        yield server


def test_figures_are_found_among_other_lines() -> None:
    assert (
        parse_figures(f"Running 2s test\n  2 threads\n{printed(FIGURES)}\nTransfer/sec: 3MB\n")
        == FIGURES
    )


def test_the_rate_counts_only_what_did_not_fail() -> None:
    assert FIGURES.rate == 495.0


def test_output_without_figures_is_shown() -> None:
    with pytest.raises(BenchError, match="unable to connect"):
        parse_figures("unable to connect to 127.0.0.1:1 Connection refused\n")


def test_figures_without_requests_are_an_error() -> None:
    nothing = Figures(requests=0, seconds=1.0, failed=5, p50_ms=0, p99_ms=0, slowest_ms=0)
    with pytest.raises(BenchError, match="No request got a response"):
        parse_figures(printed(nothing))


@pytest.mark.thorough
@pytest.mark.usefixtures("wrk")
def test_a_server_is_measured(server: Server, tmp_path: Path) -> None:
    request = Request(f"{server.url}/predict", b'{"features": [1]}')
    found = LoadGenerator(tmp_path, NOT_PINNED).measure(request, 4, 1)
    assert found.requests > 0
    assert found.failed == 0
    assert 0 < found.p50_ms <= found.p99_ms <= found.slowest_ms


@pytest.mark.thorough
@pytest.mark.usefixtures("wrk")
def test_refused_requests_count_as_failed(tmp_path: Path, refusing: str) -> None:
    found = LoadGenerator(tmp_path, NOT_PINNED).measure(Request(refusing, b"{}"), 2, 1)
    assert found.failed == found.requests > 0


def test_a_missing_wrk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BenchError, match="apt install wrk"):
        LoadGenerator(tmp_path, NOT_PINNED)


@pytest.fixture
def refusing() -> Iterator[str]:
    """Return the URL of a server that answers every request with 503."""

    class Refuse(FakeService):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.reply(503)

    with fake_server(Refuse) as port:
        yield f"http://127.0.0.1:{port}/predict"
