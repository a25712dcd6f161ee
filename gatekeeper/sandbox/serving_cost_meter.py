"""Measuring what it takes to serve a model, in the process that loads it as a predictor does."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from math import ceil
from pathlib import Path

from gatekeeper.evidence.evaluation_messages import Opset, ServingCost
from shared.inference.onnx_opsets import newest_opset, read_opsets
from shared.inference.servable import Rows, Servable

ROUNDS = 3
"""The best round counts, as with timeit: what else the machine does only ever adds to a time."""
ROUND_CALLS = 60
ROUND_SECONDS = 0.04
"""A slow model is called less often, but once at least."""
MOST_OPSETS = 8
"""Sets of operators that are looked at; real models have up to three."""


class ServingCostMeter:
    """Counts the time of loading, and the memory from here on."""

    def __init__(self) -> None:
        self._load_seconds = 0.0
        self._held_before = _memory_mib("VmRSS")

    @contextmanager
    def loading(self) -> Iterator[None]:
        """What happens inside is part of loading."""
        started = time.perf_counter()
        yield
        self._load_seconds += time.perf_counter() - started

    def cost(self, servable: Servable, rows: Rows) -> ServingCost:
        """Call a model that has answered before with single *rows*; ServableError if it fails."""
        singles = cycle(rows[place : place + 1] for place in range(len(rows)))
        rounds = [_round(servable, singles)]
        while len(rounds) < ROUNDS and sum(map(sum, rounds)) < 2 * ROUND_SECONDS:
            rounds.append(_round(servable, singles))
        most = _memory_mib("VmHWM")
        return ServingCost(
            load_seconds=self._load_seconds,
            p95_ms=1000 * min(map(_p95, rounds)),
            calls=sum(map(len, rounds)),
            memory_mib=None
            if most is None or self._held_before is None
            else max(0.0, most - self._held_before),
        )


def read_required_opsets(model: bytes) -> tuple[Opset, ...]:
    """What a model in ONNX imports, and what this onnxruntime has of it."""
    imports = list(read_opsets(model).items())[:MOST_OPSETS]
    return tuple(
        Opset(domain=domain, version=version, newest=newest_opset(domain))
        for domain, version in imports
    )


def _round(servable: Servable, singles: Iterator[Rows]) -> list[float]:
    """Seconds of each call."""
    found: list[float] = []
    while len(found) < ROUND_CALLS and sum(found) < ROUND_SECONDS:
        row = next(singles)
        started = time.perf_counter()
        servable.predict(row)
        found.append(time.perf_counter() - started)
    return found


def _p95(seconds: list[float]) -> float:
    """The least of them that 95 % of them do not exceed."""
    return sorted(seconds)[ceil(0.95 * len(seconds)) - 1]


def _memory_mib(field: str) -> float | None:
    """VmRSS, what this process holds, or VmHWM, the most that it has held; Linux alone says it.

    What `resource` gives as the most begins with what the parent held when it forked.
    """
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            name, _, value = line.partition(":")
            if name == field:
                return int(value.split()[0]) / 1024
    except (OSError, ValueError, IndexError):
        return None
    return None
