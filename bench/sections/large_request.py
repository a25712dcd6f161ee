"""What one large request costs the small ones that come while it is answered."""

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
from bench.report.results import Measurement, Section, Table, not_measured

ROWS = 10_000
_SMALL_CONNECTIONS = 4
_LONGEST_SECONDS = 30.0
_OK = 200


def measure(bench: BenchContext) -> Section:
    """The slowest one-row request beside a 10,000-row one, less the slowest in as long without."""
    section = Section("beside")
    rows: list[tuple[str, ...]] = []
    with ExitStack() as stack:
        store = bench.models.store_serving(RF)
        log = bench.log_path("beside")
        server = stack.enter_context(predictor(store, log, bench.cores.server))
        numbers = sample_rows(ROWS)
        large = {
            "beside_v2": ("V2 binary", v2_binary_request(server, RF, numbers)),
            "beside_json": ("JSON", Request(f"{server.url}/predict", encode_rows(numbers))),
        }
        for key, (way, request) in large.items():
            if isinstance(request, str):
                section.measured[key] = not_measured(request)
                rows.append((way, "-", "-", "-"))
                continue
            bench.report_progress(f"one-row requests beside {ROWS} rows by {way}")
            with on_cores(bench.cores.client):
                trials = [_trial(server, request) for _ in range(bench.plan.beside_trials)]
            section.failed += sum(trial.failed for trial in trials)
            section.measured[key] = Measurement.from_rounds(
                [t.beside_ms - t.alone_ms for t in trials]
            )
            section.raw[way] = [vars(trial) for trial in trials]
            medians = (median(getattr(t, n) for t in trials) for n in ("alone_ms", "beside_ms"))
            slowest = max(trial.beside_ms for trial in trials)
            rows.append((way, *(f"{ms:.2f}" for ms in (*medians, slowest))))
    header = ("slowest one-row request, ms", "alone", f"beside {ROWS:,} rows", "in all trials")
    section.tables = [Table("One-row requests beside a large one, RF-100", header, rows)]
    return section


class _Trial:
    """A large request, and the small ones before and beside it."""

    def __init__(self, alone: list[Response], beside: list[Response], failed: int) -> None:
        self.alone_ms = max(answer.seconds for answer in alone) * 1000
        self.beside_ms = max(answer.seconds for answer in beside) * 1000
        self.failed = failed


def _trial(server: Server, large: Request) -> _Trial:
    return uvloop.run(_compare(server, large))


async def _compare(server: Server, large: Request) -> _Trial:
    """Small requests all the time; the large one first takes its time, then a pause as long."""
    url = f"{server.url}/predict"
    small = encode_request(url, encode_row(sample_rows(1)[0]), {"Content-Type": "application/json"})
    seen: list[Response] = []
    stop = asyncio.Event()
    asking = asyncio.create_task(send_requests(url, [small], _SMALL_CONNECTIONS, stop, seen.append))
    await wait_until(lambda: len(seen) >= _SMALL_CONNECTIONS, asking)
    started = time.monotonic()
    status = await asyncio.to_thread(_send, large)
    ended = time.monotonic()
    await asyncio.sleep(ended - started)
    stop.set()
    lost = await asking
    beside = [a for a in seen if a.finished >= started and a.finished - a.seconds <= ended]
    alone = [a for a in seen if a.finished - a.seconds > ended]
    failed = lost + (status != _OK) + sum(answer.status != _OK for answer in seen)
    return _Trial(alone or seen, beside, failed)


def _send(request: Request) -> int:
    """Send one request and read its whole answer; the status."""
    parts = urlsplit(request.url)
    with closing(HTTPConnection(parts.netloc, timeout=_LONGEST_SECONDS)) as connection:
        connection.request("POST", parts.path, request.body, dict(request.headers))
        answer = connection.getresponse()
        answer.read()
        return answer.status
