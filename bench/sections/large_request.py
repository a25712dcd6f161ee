"""Measure how much one large request delays the small requests during it."""

import asyncio
import time
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from statistics import median
from urllib.parse import urlsplit

import uvloop

from bench.context import BenchContext
from bench.harness.machine import on_cores
from bench.harness.promoted_models import RF
from bench.harness.servers import Server, predictor
from bench.load.client import Response, encode_request, send_requests, wait_until
from bench.load.load_generator import Request
from bench.load.payloads import encode_row, encode_rows, sample_rows, v2_binary_request
from bench.report.results import Measurement, Section, Table

ROWS = 10_000
_SMALL_CONNECTIONS = 4
_TIMEOUT_SECONDS = 30.0
_OK = 200


def measure(bench: BenchContext) -> Section:
    """Measure the slowest one-row request during a large one, and in an equal time without it."""
    section = Section("large_request")
    rows: list[tuple[str, ...]] = []
    with ExitStack() as stack:
        store = bench.models.store_serving(RF)
        log = bench.log_path("large-request")
        server = stack.enter_context(predictor(store, log, bench.cores.server))
        numbers = sample_rows(ROWS)
        large = {
            "large_request_v2": ("V2 binary", v2_binary_request(server, RF, numbers)),
            "large_request_json": ("JSON", Request(f"{server.url}/predict", encode_rows(numbers))),
        }
        for key, (format_, request) in large.items():
            bench.report_progress(f"one-row requests during {ROWS} rows as {format_}")
            with on_cores(bench.cores.client):
                trials = [_trial(server, request) for _ in range(bench.plan.large_request_trials)]
            section.failed += sum(trial.failed for trial in trials)
            section.measured[key] = Measurement.from_rounds(
                [t.during_ms - t.without_ms for t in trials]
            )
            section.raw[format_] = [vars(trial) for trial in trials]
            medians = (median(getattr(t, n) for t in trials) for n in ("without_ms", "during_ms"))
            slowest = max(trial.during_ms for trial in trials)
            rows.append((format_, *(f"{ms:.2f}" for ms in (*medians, slowest))))
    header = ("slowest one-row request, ms", "without", f"during {ROWS:,} rows", "slowest trial")
    section.tables = [Table("One-row requests during a large request, RF-100", header, rows)]
    return section


class _Trial:
    """The slowest small requests during a large request and without it."""

    def __init__(self, without: list[Response], during: list[Response], failed: int) -> None:
        self.without_ms = max(response.seconds for response in without) * 1000
        self.during_ms = max(response.seconds for response in during) * 1000
        self.failed = failed


def _trial(server: Server, large: Request) -> _Trial:
    return uvloop.run(_compare(server, large))


async def _compare(server: Server, large: Request) -> _Trial:
    """Send small requests, first during the large one, then in an equal time without it."""
    url = f"{server.url}/predict"
    small = encode_request(url, encode_row(sample_rows(1)[0]), {"Content-Type": "application/json"})
    responses: list[Response] = []
    stop = asyncio.Event()
    sending = asyncio.create_task(
        send_requests(url, [small], _SMALL_CONNECTIONS, stop, responses.append)
    )
    await wait_until(lambda: len(responses) >= _SMALL_CONNECTIONS, sending)
    started = time.monotonic()
    status = await asyncio.to_thread(_send, large)
    ended = time.monotonic()
    await asyncio.sleep(ended - started)
    stop.set()
    lost = await sending
    during = [r for r in responses if r.finished >= started and r.finished - r.seconds <= ended]
    without = [r for r in responses if r.finished - r.seconds > ended]
    failed = lost + (status != _OK) + sum(response.status != _OK for response in responses)
    return _Trial(without or responses, during, failed)


def _send(request: Request) -> int:
    """Send one request, read its response, and return the status."""
    parts = urlsplit(request.url)
    with closing(HTTPConnection(parts.netloc, timeout=_TIMEOUT_SECONDS)) as connection:
        connection.request("POST", parts.path, request.body, dict(request.headers))
        response = connection.getresponse()
        response.read()
        return response.status
