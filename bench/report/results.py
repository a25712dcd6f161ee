"""The results of a section of the benchmark."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Measurement:
    """The figure of a target, with the lowest and the highest of its rounds."""

    value: float | None
    low: float | None = None
    high: float | None = None
    note: str = ""
    """The reason for a missing value, or a remark."""

    @classmethod
    def from_rounds(cls, values: Sequence[float], note: str = "") -> "Measurement":
        """Take the median of all rounds."""
        return cls(median(values), min(values), max(values), note)


def ratio_by_round(
    numerators: Sequence[float], denominators: Sequence[float], note: str = ""
) -> Measurement:
    """Take the median of *numerators* ÷ *denominators*, each within one round."""
    return Measurement.from_rounds(
        [a / b for a, b in zip(numerators, denominators, strict=True)], note
    )


def not_measured(reason: str) -> Measurement:
    """Return a measurement without a value."""
    return Measurement(None, note=reason)


@dataclass(frozen=True)
class Table:
    """A table of figures for people."""

    title: str
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


@dataclass
class Section:
    """All results of one section."""

    name: str
    tables: list[Table] = field(default_factory=list)
    measured: dict[str, Measurement] = field(default_factory=dict)
    """Measurements by the key of their target."""
    failed: int = 0
    """Number of requests without a response of status 200."""
    seconds: float = 0.0
    """Duration of the section."""
    raw: dict[str, Any] = field(default_factory=dict)
    """The figures of every round."""
