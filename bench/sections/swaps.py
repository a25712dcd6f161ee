"""Measure promotions under load: lost and mixed responses, and the cost of a swap."""

import asyncio
import json
import sys
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import uvloop

from bench.context import BenchContext
from bench.harness.processes import Child, running
from bench.harness.promoted_models import LR
from bench.harness.servers import Server, predictor
from bench.load.answer_checking import ResponseLog, differing_rows, expected_answers, wrong_answers
from bench.load.client import encode_request, send_requests, wait_until
from bench.load.payloads import encode_row, sample_rows
from bench.report.results import Measurement, Section, Table, not_measured
from bench.sections.convergence import WORKERS, wait_for_workers
from shared.store.store import open_store

_CONNECTIONS = 16
_ROWS = 7
"""Number of different rows that are sent in turn. A prime, so each connection sends all."""
_QUICK_PAUSE, _CALM_PAUSE = 0.4, 2.5
_BEFORE, _AFTER = 0.25, 0.75
"""Seconds before and after a commit that count as the second around a swap."""
_CALM_AFTER = 1.25
"""Seconds after a commit at which the second without a swap begins."""
_MAX_EXTRA_SECONDS = 120.0
"""Longest time after the last swap, if a slow machine has sent too few requests."""


def measure(bench: BenchContext) -> Section:
    """Swap LR and RF-100 under load, and check every response."""
    root = bench.models.store_serving(LR, "swaps")
    store = open_store(root)
    rows = differing_rows(store, sample_rows(400), _ROWS)
    plan = bench.plan
    calm = plan.calm_swaps
    pauses = [_CALM_PAUSE] * (calm + 1) + [_QUICK_PAUSE] * (plan.swaps - calm - 1)
    command = [sys.executable, "-m", "bench.sections.promoter", str(root), json.dumps(pauses)]
    bench.report_progress(f"{plan.swaps} swaps under load")
    with predictor(root, bench.log_path("swaps"), PREDICTOR_WORKERS=WORKERS) as server:
        wait_for_workers(store, server.child)
        with running(command, bench.log_path("promoter")) as promoter:
            bodies = [encode_row(row) for row in rows]
            log, lost = uvloop.run(_watch(server, bodies, promoter, plan.swap_requests))
            commits: list[float] = json.loads(promoter.output())
    wrong = wrong_answers(log, expected_answers(store, rows))
    bad = lost + len(log.failures) + sum(count for count, _ in wrong)
    costs = _costs(log, commits[: calm + 1])
    sent = len(log.finished) + lost
    versions = len({version for _, version, _ in log.counts})
    swaps = f"{len(commits)} swaps"
    return Section(
        "swaps",
        [_table(swaps, sent, versions, bad, costs)],
        {
            "swap_failed": Measurement(bad, note=f"of {sent:,} across {swaps}"),
            "swap_requests": Measurement(sent, note=swaps),
            "swap_p99": Measurement.from_rounds([cost.ratio for cost in costs])
            if costs
            else not_measured("too few requests in a second"),
        },
        failed=bad,
        raw={
            "requests": sent,
            "lost": lost,
            "failures": log.failures[:20],
            "wrong": wrong[:20],
            "versions_that_answered": versions,
            "p99_ms": [vars(cost) for cost in costs],
        },
    )


async def _watch(
    server: Server, bodies: list[bytes], promoter: Child, least: int
) -> tuple[ResponseLog, int]:
    """Send requests until the promoter has ended and *least* were sent, in a bounded time."""
    url = f"{server.url}/predict"
    requests = [encode_request(url, body, {"Content-Type": "application/json"}) for body in bodies]
    log, stop = ResponseLog(len(bodies)), asyncio.Event()
    sending = asyncio.create_task(send_requests(url, requests, _CONNECTIONS, stop, log.record))
    await wait_until(lambda: promoter.process.poll() is not None, sending)
    await wait_until(lambda: len(log.finished) >= least, sending, _MAX_EXTRA_SECONDS)
    stop.set()
    return log, await sending


@dataclass(frozen=True)
class _Cost:
    """p99 in milliseconds around one swap, and in a nearby second without one."""

    around_ms: float
    without_ms: float

    @property
    def ratio(self) -> float:
        return self.around_ms / self.without_ms


def _costs(log: ResponseLog, commits: list[float]) -> list[_Cost]:
    """Measure each swap that is followed by a second without a swap."""
    finished, seconds = np.array(log.finished), np.array(log.seconds)
    costs = []
    for commit in commits[:-1]:
        around = _p99_ms(finished, seconds, commit - _BEFORE, commit + _AFTER)
        without = _p99_ms(finished, seconds, commit + _CALM_AFTER, commit + _CALM_AFTER + 1)
        if around and without:
            costs.append(_Cost(around, without))
    return costs


def _p99_ms(
    finished: npt.NDArray[np.float64], seconds: npt.NDArray[np.float64], start: float, end: float
) -> float | None:
    chosen = seconds[(finished >= start) & (finished < end)]
    return float(np.percentile(chosen, 99)) * 1000 if len(chosen) else None


def _table(swaps: str, sent: int, versions: int, bad: int, costs: list[_Cost]) -> Table:
    around, without = (
        f"{np.median([getattr(cost, name) for cost in costs]):.2f}" if costs else "-"
        for name in ("around_ms", "without_ms")
    )
    row = (swaps, f"{sent:,}", str(versions), str(bad), around, without)
    header = (
        "LR ↔ RF-100, 2 workers", "requests checked", "versions that answered",
        "failed, mixed or wrong", "p99 ms around a swap", "p99 ms without",
    )  # fmt: skip
    return Table("Swaps under load", header, [row])
