"""What a section of the benchmark hands back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Measurement:
    """One figure that a target is about, with the lowest and highest of its rounds."""

    value: float | None
    low: float | None = None
    high: float | None = None
    note: str = ""
    """Why there is no value, or what to know about it."""

    @classmethod
    def from_rounds(cls, values: Sequence[float], note: str = "") -> "Measurement":
        """The median of all rounds."""
        return cls(median(values), min(values), max(values), note)


def ratio_by_round(above: Sequence[float], below: Sequence[float], note: str = "") -> Measurement:
    """The median of *above* ÷ *below*, each taken within one round."""
    return Measurement.from_rounds([a / b for a, b in zip(above, below, strict=True)], note)


def not_measured(why: str) -> Measurement:
    """It could not be measured."""
    return Measurement(None, note=why)


@dataclass(frozen=True)
class Table:
    """Figures for people."""

    title: str
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


@dataclass
class Section:
    """All that one part of the benchmark found."""

    name: str
    tables: list[Table] = field(default_factory=list)
    measured: dict[str, Measurement] = field(default_factory=dict)
    """By the key of a target."""
    failed: int = 0
    """Requests without an answer of status 200."""
    seconds: float = 0.0
    """How long it took."""
    raw: dict[str, Any] = field(default_factory=dict)
    """Every round's figures."""
