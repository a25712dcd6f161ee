"""Measure the server's CPU time for each request. Other processes disturb it less than rates."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import median

import psutil

from bench.load.load_generator import Figures


def with_cpu_time(pid: int, measure: Callable[[], Figures]) -> Callable[[], Figures]:
    """Extend *measure* by the CPU time for each request of the only server process, *pid*."""

    def measure_both() -> Figures:
        before = _seconds(pid)
        figures = measure()
        return replace(figures, processor_us=(_seconds(pid) - before) * 1e6 / figures.requests)

    return measure_both


def median_cpu_us(rounds: Sequence[Figures]) -> float:
    """Return the median CPU time for each request, in microseconds, from `with_cpu_time`."""
    return median(f.processor_us for f in rounds if f.processor_us is not None)


def _seconds(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)
