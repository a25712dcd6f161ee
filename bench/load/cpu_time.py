"""The processor time that a request takes of its server: what else runs here disturbs it less."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import median

import psutil

from bench.load.load_generator import Figures


def with_cpu_time(pid: int, measure: Callable[[], Figures]) -> Callable[[], Figures]:
    """*measure*, and how long the process *pid*, which serves alone, computed for each request."""

    def measured() -> Figures:
        before = _seconds(pid)
        figures = measure()
        return replace(figures, processor_us=(_seconds(pid) - before) * 1e6 / figures.requests)

    return measured


def median_cpu_us(rounds: Sequence[Figures]) -> float:
    """The median of *rounds* that were measured by `with_processor_time`, in microseconds."""
    return median(one.processor_us for one in rounds if one.processor_us is not None)


def _seconds(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)
