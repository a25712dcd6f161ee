"""Measure the worst request bodies: processor time, memory, and a good client beside them."""

import math
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil
import uvloop

from bench.context import BenchContext
from bench.harness.machine import on_cores
from bench.harness.promoted_models import LR, gatekeeper_server
from bench.harness.servers import Server, predictor
from bench.hostile.attackers import attack, exchange, measure_good_client
from bench.hostile.bodies import HostileBody, infer_bodies, predict_bodies
from bench.load.client import encode_request
from bench.load.payloads import encode_row, sample_rows
from bench.report.results import Measurement, Section, Table
from shared.store.store import open_store

AT_ONCE = 20
_LEAST_BYTES = 4 << 20
"""Bytes that are sent to measure processor time: a small body is sent several times."""
_MIB = 1 << 20
_PERCENT = 0.99
_HEADER = ("body", "endpoint", "status", "s of processor/MiB", "peak MiB", "p99 beside 20, ms")


@dataclass(frozen=True)
class _Target:
    """An endpoint, and a request of a good client of the same service."""

    name: str
    server: Server
    path: str
    good: bytes
    headers: dict[str, str]

    @property
    def pid(self) -> int:
        """The process that answers; the child of a gatekeeper only forks processes for models."""
        child = self.server.child
        return child.pid if self.name.startswith("rollback") else child.worker_pid


@dataclass(frozen=True)
class _Found:
    """The figures of one body at one endpoint."""

    status: str
    processor_seconds: float
    """For each MiB."""
    peak_mib: float
    p99_ms: float
    failed: int


def measure(bench: BenchContext) -> Section:
    """Send each body to each endpoint that reads bodies; show the endpoint with the worst p99."""
    section, load = Section("hostile"), os.getloadavg()[0]
    rows = []
    found: list[_Found] = []
    bodies = [*predict_bodies(), *infer_bodies()]
    with ExitStack() as stack:
        targets = [*_targets(bench, stack)]
        for body in bodies[:: bench.plan.hostile_step]:
            bench.report_progress(body.title)
            each = {target.name: _measure(bench, target, body) for target in targets}
            found += each.values()
            worst = max(each, key=lambda name: each[name].p99_ms)
            rows.append((body.title, worst, *_cells(each[worst], [*each.values()])))
            section.raw[body.title] = {name: vars(one) for name, one in each.items()}
    section.failed = sum(one.failed for one in found)
    section.measured = {
        "hostile_processor": Measurement(max(one.processor_seconds for one in found)),
        "hostile_memory": Measurement(max(one.peak_mib for one in found)),
        "hostile_p99": Measurement(max(one.p99_ms for one in found)),
    }
    title = f"Worst request bodies; the machine's load average before was {load:.1f}"
    section.tables = [Table(title, _HEADER, rows)]
    return section


def _cells(worst: _Found, all_: Sequence[_Found]) -> Iterator[str]:
    yield worst.status
    yield f"{max(one.processor_seconds for one in all_):.3f}"
    yield f"{max(one.peak_mib for one in all_):.0f}"
    yield f"{worst.p99_ms:.1f}"


def _targets(bench: BenchContext, stack: ExitStack) -> Iterator[_Target]:
    store = bench.models.store_serving(LR)
    log = bench.log_path("hostile")
    server = stack.enter_context(predictor(store, log, bench.cores.server))
    url = f"{server.url}/predict"
    good = encode_request(url, encode_row(sample_rows(1)[0]), {})
    yield _Target("predict", server, "/predict", good, {})
    yield _Target("infer", server, f"/v2/models/{LR}/infer", good, {})
    other = stack.enter_context(gatekeeper_server(store, bench.log_path("hostile-gatekeeper")))
    host = other.url.partition("//")[2]
    asked = f"GET /registry HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    token = open_store(store).layout.token.read_text().strip()
    for name, headers in (
        ("rollback", {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}),
        ("rollback, no token", {"Content-Type": "application/json"}),
    ):
        yield _Target(name, other, "/registry/rollback", asked, headers)


def _measure(bench: BenchContext, target: _Target, body: HostileBody) -> _Found:
    url = target.server.url + target.path
    request = encode_request(url, body.body, {**body.headers, **target.headers})
    pid = target.pid
    Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak of memory is counted again
    times = math.ceil(_LEAST_BYTES / len(body.body))
    with on_cores(bench.cores.client):
        before = _processor_seconds(pid)
        status = uvloop.run(exchange(url, request, times)).decode().partition(" ")[2]
        spent = _processor_seconds(pid) - before
        with attack(url, [request], AT_ONCE):
            seconds, failed = uvloop.run(
                measure_good_client(target.server.url, target.good, bench.plan.seconds)
            )
    return _Found(
        status=status.partition(" ")[0],
        processor_seconds=spent * _MIB / (len(body.body) * times),
        peak_mib=_peak_bytes(pid) / _MIB,
        p99_ms=sorted(seconds)[int(_PERCENT * len(seconds))] * 1000,
        failed=failed,
    )


def _processor_seconds(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def _peak_bytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) << 10
