"""Measure the time of each step of a run."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from shared.telemetry.spans import span


@contextmanager
def timed(durations: dict[str, float], step: str) -> Iterator[None]:
    """Add the seconds that a step takes to *durations*, and send it as a span."""
    started = time.perf_counter()
    with span(step):
        yield
    seconds = time.perf_counter() - started
    durations[f"{step}_seconds"] = durations.get(f"{step}_seconds", 0.0) + seconds
