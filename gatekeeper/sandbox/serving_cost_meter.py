"""Measure the cost of serving a model, in a process that loads it as a predictor does."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from math import ceil
from pathlib import Path

from gatekeeper.evidence.evaluation_messages import Opset, ServingCost
from shared.inference.onnx_reading.onnx_opsets import newest_opset, read_opsets
from shared.inference.servable import Rows, Servable

ROUNDS = 3
"""Number of rounds. The fastest one counts, as in timeit: other work only adds time."""
ROUND_CALLS = 60
"""Largest number of calls in a round."""
ROUND_SECONDS = 0.04
"""Seconds after which a round ends; a slow model is called at least once."""
MAX_OPSETS = 8
"""Largest number of operator sets that are read; real models have up to three."""


class ServingCostMeter:
    """A meter of load time, and of memory since its creation."""

    def __init__(self) -> None:
        self._load_seconds = 0.0
        self._used_before = _memory_mib("VmRSS")
        self._files_before = _memory_mib("RssFile") or 0.0

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Add the time of the `with` block to the load time."""
        started = time.perf_counter()
        yield
        self._load_seconds += time.perf_counter() - started

    def cost(self, servable: Servable, rows: Rows) -> ServingCost:
        """Call a warm model with single rows of *rows*; raises ServableError if it fails."""
        singles = cycle(rows[index : index + 1] for index in range(len(rows)))
        rounds = [_round(servable, singles)]
        while len(rounds) < ROUNDS and sum(map(sum, rounds)) < 2 * ROUND_SECONDS:
            rounds.append(_round(servable, singles))
        peak = _memory_mib("VmHWM")
        # A forked process reads each page of its libraries again. They are not the model's.
        files = (_memory_mib("RssFile") or 0.0) - self._files_before
        return ServingCost(
            load_seconds=self._load_seconds,
            p95_ms=1000 * min(map(_p95, rounds)),
            calls=sum(map(len, rounds)),
            memory_mib=None
            if peak is None or self._used_before is None
            else max(0.0, peak - files - self._used_before),
        )


def read_required_opsets(model: bytes) -> tuple[Opset, ...]:
    """List the operator sets that an ONNX model imports, with this onnxruntime's versions."""
    imports = list(read_opsets(model).items())[:MAX_OPSETS]
    return tuple(
        Opset(domain=domain, version=version, newest=newest_opset(domain))
        for domain, version in imports
    )


def _round(servable: Servable, singles: Iterator[Rows]) -> list[float]:
    """Return the seconds of each call."""
    found: list[float] = []
    while len(found) < ROUND_CALLS and sum(found) < ROUND_SECONDS:
        row = next(singles)
        started = time.perf_counter()
        servable.predict(row)
        found.append(time.perf_counter() - started)
    return found


def _p95(seconds: list[float]) -> float:
    """Return the smallest value that at least 95 % of the values do not exceed."""
    return sorted(seconds)[ceil(0.95 * len(seconds)) - 1]


def _memory_mib(field: str) -> float | None:
    """Read VmRSS (used), RssFile (its part in files) or VmHWM (peak); None except on Linux.

    The peak of the module `resource` includes the parent's memory at the fork.
    """
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            name, _, value = line.partition(":")
            if name == field:
                return int(value.split()[0]) / 1024
    except (OSError, ValueError, IndexError):
        return None
    return None
