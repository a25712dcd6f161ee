"""The costs of one store, and how they are shown and judged."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from bench.report.results import Measurement, Table, not_measured


@dataclass
class Costs:
    """The figures of one store. Times are in ms; calls are system calls, None without strace."""

    workers: int
    decisions: int
    start_ms: float = 0.0
    start_processor_ms: float = 0.0
    idle_processor_ms: float = 0.0
    """For each second without a candidate."""
    status_ms: float = 0.0
    status_processor_ms: float = 0.0
    decision_ms: float = 0.0
    decision_processor_ms: float = 0.0
    rollback_ms: float = 0.0
    rollback_processor_ms: float = 0.0
    converged_p50_ms: float = 0.0
    converged_p99_ms: float = 0.0
    opens: float = 0.0
    """Files that all workers open in a second."""
    changes: float = 0.0
    """Files that all workers rename or remove in a second."""
    listings: float = 0.0
    """Directories that all workers list in a second."""
    poll_calls: int | None = None
    look_calls: int | None = None
    """The calls of a poll that also reads the heartbeats."""
    status_calls: int | None = None
    decision_calls: int | None = None


_TIMES: dict[str, Callable[[Costs], float]] = {
    "start → ready": lambda each: each.start_ms,
    "start → ready, processor": lambda each: each.start_processor_ms,
    "polls of one second, processor": lambda each: each.idle_processor_ms,
    "make status": lambda each: each.status_ms,
    "make status, gatekeeper's processor": lambda each: each.status_processor_ms,
    "candidate published → in training.log": lambda each: each.decision_ms,
    "candidate published → in training.log, processor": lambda each: each.decision_processor_ms,
    "rollback → in training.log": lambda each: each.rollback_ms,
    "rollback → in training.log, processor": lambda each: each.rollback_processor_ms,
    "decided → a worker reports it, p50": lambda each: each.converged_p50_ms,
    "decided → a worker reports it, p99": lambda each: each.converged_p99_ms,
}
_CALLS: dict[str, Callable[[Costs], int | None]] = {
    "a poll": lambda each: each.poll_calls,
    "a poll that reads the heartbeats, once a second": lambda each: each.look_calls,
    "make status": lambda each: each.status_calls,
    "candidate published → in training.log": lambda each: each.decision_calls,
}
_LOAD: dict[str, Callable[[Costs], float]] = {
    "files opened": lambda each: each.opens,
    "files renamed or removed": lambda each: each.changes,
    "directories listed": lambda each: each.listings,
}


def make_tables(found: Sequence[Costs]) -> list[Table]:
    """Return a table for times, one for system calls and one for the load on the volume."""
    header = ("", *(f"{each.workers:,} workers, {each.decisions:,} decisions" for each in found))
    return [
        Table("Gatekeeper of a fleet, ms", header, _rows(found, _TIMES)),
        Table("Gatekeeper of a fleet, system calls", header, _rows(found, _CALLS)),
        Table("Operations of all workers on the volume in a second", header, _rows(found, _LOAD)),
    ]


def make_curves(found: Sequence[Costs]) -> dict[str, Any]:
    """Return what `curve_chart` draws: the gatekeeper's processor time."""
    return {
        "title": "Processor time of the gatekeeper, ms",
        "labels": [f"{each.workers:,} / {each.decisions:,}" for each in found],
        "curves": {
            name.partition(", ")[0]: [_TIMES[name](each) for each in found]
            for name in _TIMES
            if name.endswith("processor")
        },
    }


def measure_growth(found: Sequence[Costs]) -> dict[str, Measurement]:
    """Return how much a decision costs at the last store, and the worst growth of any cost.

    Growth is the factor of a cost divided by the factor of workers and decisions: at most 1 for
    a cost that grows linearly.
    """
    if len(found) == 1:
        lonely = not_measured("only one store was measured")
        return dict.fromkeys(("fleet_decision", "fleet_decision_processor", "fleet_growth"), lonely)
    first, last = found[0], found[-1]
    growths = {
        name: (read(after) or 0) / (read(before) or 1) / (after.workers / before.workers)
        for name, read in {**_TIMES, **_CALLS, **_LOAD}.items()
        for before, after in pairwise(found)
    }
    worst = max(growths, key=lambda name: growths[name])
    return {
        "fleet_decision": Measurement(last.decision_ms / first.decision_ms),
        "fleet_decision_processor": Measurement(
            last.decision_processor_ms / first.decision_processor_ms
        ),
        "fleet_growth": Measurement(growths[worst], note=worst),
    }


def _rows(
    found: Sequence[Costs], reads: Mapping[str, Callable[[Costs], float | None]]
) -> list[tuple[str, ...]]:
    return [(name, *(_show(read(each)) for each in found)) for name, read in reads.items()]


def _show(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}" if value >= 10 else f"{value:.1f}"  # noqa: PLR2004 - fewer digits would hide it
