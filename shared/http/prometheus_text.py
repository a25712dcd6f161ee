"""Metrics as Prometheus reads them: families, their samples, and the page in its text format."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Samples: TypeAlias = Mapping[tuple[str, ...], Sequence[float]]
"""Numbers by label values. A counter or gauge has one number; a histogram has one for each
bucket (how many values fell into it and into none before), one beyond all bounds, and the sum."""


@dataclass(frozen=True)
class Family:
    """One metric: everything about it but its numbers."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()
    """The upper bounds of a histogram's buckets, each included, rising."""

    @property
    def length(self) -> int:
        """How many numbers one sample has."""
        return len(self.bounds) + 2 if self.kind == "histogram" else 1


def observe(
    sample: "list[float] | memoryview[float]",
    bounds: Sequence[float],
    value: float,
    count: int = 1,
) -> None:
    """Count *value* as seen *count* times in a histogram's sample."""
    sample[bisect_left(bounds, value)] += count
    sample[-1] += value * count


def render(page: Mapping[Family, Samples]) -> bytes:
    """The page, in the order of *page*; a family without samples is described all the same."""
    lines = []
    for family, samples in page.items():
        lines.append(f"# HELP {family.name} {_escape(family.help)}")
        lines.append(f"# TYPE {family.name} {family.kind}")
        lines.extend(line for key in samples for line in _lines(family, key, samples[key]))
    # A label may hold what cannot be encoded, such as half of a surrogate pair.
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")


def _lines(family: Family, values: tuple[str, ...], sample: Sequence[float]) -> Iterator[str]:
    labels = dict(zip(family.labels, values, strict=True))
    if family.kind != "histogram":
        yield _line(family.name, labels, sample[0])
        return
    *buckets, total = sample
    count = 0.0
    for bound, number in zip((*map(repr, family.bounds), "+Inf"), buckets, strict=True):
        count += number
        yield _line(f"{family.name}_bucket", {**labels, "le": bound}, count)
    yield _line(f"{family.name}_sum", labels, total)
    yield _line(f"{family.name}_count", labels, count)


def _line(name: str, labels: Mapping[str, str], value: float) -> str:
    pairs = ",".join(f'{label}="{_escape(text, quote=True)}"' for label, text in labels.items())
    braced = f"{{{pairs}}}" if pairs else ""
    return f"{name}{braced} {int(value) if value == int(value) else value!r}"


def _escape(text: str, *, quote: bool = False) -> str:
    text = text.replace("\\", r"\\").replace("\n", r"\n")
    return text.replace('"', r"\"") if quote else text
