"""Measure the pages of a gatekeeper with a large store, one request at a time."""

import time

from bench.context import BenchContext
from bench.harness.promoted_models import gatekeeper_server
from bench.harness.servers import Server
from bench.pages.large_store import make_large_store
from bench.report.results import Measurement, Section, Table

_OK = 200
_READ_SECONDS = 120.0
_BEING_READ = b"Some counts are being read now."
_FIRST = "live, 30 days, while hours are read"
_PATHS = {
    "first page": "/",
    "live, an hour": "/live?range=hour",
    "live, a day": "/live?range=day",
    "live, 30 days": "/live?range=month",
    "live as JSON, 30 days": "/live.json?range=month",
    "decisions": "/page/decisions",
    "candidates": "/page/candidates",
}


def measure(bench: BenchContext) -> Section:
    """Request each page in turn, and report the slowest of them."""
    section = Section("pages")
    bench.report_progress("writing a large store")
    decisions, days = bench.plan.page_decisions, bench.plan.page_days
    store = make_large_store(bench.models.root, bench.workspace / "large", decisions, days)
    with gatekeeper_server(
        store.layout.root, bench.log_path("large-gatekeeper"), GATEKEEPER_POLL_SECONDS=0.25
    ) as server:
        found = {_FIRST: _read_hours(server)}
        for _ in range(bench.plan.page_requests):
            for name, path in _PATHS.items():
                bench.report_progress(name)
                started = time.perf_counter()
                status, _body = server.get(path)
                found.setdefault(name, []).append((time.perf_counter() - started) * 1000)
                section.failed += status != _OK
    sorted_times = {name: sorted(times) for name, times in found.items()}
    slowest = max(sorted_times, key=lambda name: _percentile(sorted_times[name], 0.95))
    section.measured = {
        "page": Measurement(
            _percentile(sorted_times[slowest], 0.95),
            sorted_times[slowest][0],
            sorted_times[slowest][-1],
            note=slowest,
        )
    }
    section.raw = {"ms": found}
    title = (
        f"Pages with 300 features, 50 classes, {decisions:,} decisions, {days} days of hours, ms"
    )
    rows = [
        (name, *(f"{_percentile(times, share):.0f}" for share in (0.5, 0.95)), f"{times[-1]:.0f}")
        for name, times in sorted_times.items()
    ]
    section.tables = [Table(title, ("", "p50", "p95", "slowest"), rows)]
    return section


def _read_hours(server: Server) -> list[float]:
    """Request the live page until the gatekeeper has read all hours; return the times in ms."""
    times = list[float]()

    def has_read() -> bool:
        started = time.perf_counter()
        status, body = server.get(_PATHS["live, 30 days"])
        times.append((time.perf_counter() - started) * 1000)
        return status == _OK and _BEING_READ not in body

    def is_ready() -> bool:
        return server.get("/readyz")[0] == _OK

    # The start reads all decisions; the section about fleets measures it.
    server.child.wait_for(is_ready, "the gatekeeper to be ready", _READ_SECONDS)
    server.child.wait_for(has_read, "the gatekeeper to read the live hours", _READ_SECONDS)
    for path in _PATHS.values():  # the first response of each page loads its libraries
        server.get(path)
    return times


def _percentile(ordered: list[float], share: float) -> float:
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]
