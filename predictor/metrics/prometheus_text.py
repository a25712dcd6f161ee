"""Prometheus' text format: metric families, their samples, and the page."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Samples: TypeAlias = Mapping[tuple[str, ...], Sequence[float]]
"""Samples by label values. A counter or gauge has one number. A histogram has the count of each
bucket (not cumulative), the count above all bounds, and the sum."""


@dataclass(frozen=True)
class Family:
    """One metric without its numbers."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()
    """The inclusive upper bounds of a histogram's buckets, in ascending order."""

    @property
    def length(self) -> int:
        """The length of one sample."""
        return len(self.bounds) + 2 if self.kind == "histogram" else 1


def observe(
    sample: "list[float] | memoryview[float]", bounds: Sequence[float], value: float, count: int = 1
) -> None:
    """Add *count* observations of *value* to a histogram's sample."""
    sample[bisect_left(bounds, value)] += count
    sample[-1] += value * count


def render(page: Mapping[Family, Samples]) -> bytes:
    """Render the families in the order of *page*; HELP and TYPE also without samples."""
    lines = []
    for family, samples in page.items():
        lines.append(f"# HELP {family.name} {_escape(family.help)}")
        lines.append(f"# TYPE {family.name} {family.kind}")
        lines.extend(line for key in samples for line in _lines(family, key, samples[key]))
    # A label may contain half of a surrogate pair, which UTF-8 cannot encode.
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")


def _lines(family: Family, values: tuple[str, ...], sample: Sequence[float]) -> Iterator[str]:
    labels = ",".join(
        f'{label}="{_escape(text, quote=True)}"'
        for label, text in zip(family.labels, values, strict=True)
    )
    braced = f"{{{labels}}}" if labels else ""
    if family.kind != "histogram":
        yield f"{family.name}{braced} {_number(sample[0])}"
        return
    *buckets, total = sample
    start = f"{family.name}_bucket{{{labels}{',' if labels else ''}le="
    count = 0.0
    for bound, number in zip((*map(repr, family.bounds), "+Inf"), buckets, strict=True):
        count += number
        yield f'{start}"{bound}"}} {_number(count)}'
    yield f"{family.name}_sum{braced} {_number(total)}"
    yield f"{family.name}_count{braced} {_number(count)}"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def _escape(text: str, *, quote: bool = False) -> str:
    text = text.replace("\\", r"\\").replace("\n", r"\n")
    return text.replace('"', r"\"") if quote else text
