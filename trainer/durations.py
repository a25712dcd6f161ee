"""How long each step of a run took."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter


class Durations:
    """Seconds by step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def measure(self, step: str) -> Iterator[None]:
        """Measure what happens inside."""
        started = perf_counter()
        yield
        self.seconds[f"{step}_seconds"] = perf_counter() - started
