"""Measure in interleaved rounds, A B C A B C …, so that disturbances affect all alike."""

from collections.abc import Callable, Mapping
from typing import TypeVar

Figure = TypeVar("Figure")


def measure_in_rounds(
    subjects: Mapping[str, Callable[[], Figure]],
    rounds: int,
    report_progress: Callable[[str], object] = lambda _: None,
) -> dict[str, list[Figure]]:
    """Measure every subject once in each round. Return its figures in the order of rounds."""
    figures: dict[str, list[Figure]] = {name: [] for name in subjects}
    for number in range(1, rounds + 1):
        for name, measure in subjects.items():
            report_progress(f"round {number} of {rounds}: {name}")
            figures[name].append(measure())
    return figures
