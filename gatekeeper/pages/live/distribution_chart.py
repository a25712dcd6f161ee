"""The chart of one distribution: the reference and production side by side in each bin."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gatekeeper.live_status.bodies import Distribution, LiveFeature
from gatekeeper.pages.live.plot import draw_svg, write_text
from shared.text import shorten

if TYPE_CHECKING:
    from markupsafe import Markup

WIDTH, HEIGHT = 320, 130
"""The size of a chart in its own units; the page scales it."""
_TOP, _BOTTOM = 14, 16
_FURTHER = 48
"""The width of the bins of missing values and of unseen categories."""
_MOST_NAMED = 6
"""The most names that are written below their bins."""
_EDGE_WIDTH, _CHARACTER = 44, 6.5
"""The room of an edge's number, and of a character."""
_LONGEST_LABEL = 24
"""The most characters of a bin in the sentence about a distribution."""


@dataclass(frozen=True)
class Bar:
    """One bin with its share of the rows, from 0 to 1, in the reference and in production."""

    label: str
    reference: float
    live: float


@dataclass(frozen=True)
class DistributionChart:
    """A chart, the sentence that describes it, and its numbers."""

    svg: "Markup"
    sentence: str
    bars: tuple[Bar, ...]


def draw_distribution(found: Distribution) -> DistributionChart:
    """Draw a distribution. Missing values and unseen categories are further bins, if any."""
    bars = _find_bars(found)
    sentence = _describe(bars, has_rows=bool(sum(found.live)) or any(bar.live for bar in bars))
    top = max((max(bar.reference, bar.live) for bar in bars), default=0.0) or 1.0
    return DistributionChart(
        draw_svg(sentence, (WIDTH, HEIGHT), _draw(found, bars, top)), sentence, tuple(bars)
    )


def _find_bars(found: Distribution) -> list[Bar]:
    labels, reference, live = list(found.bins), list(found.reference), list(found.live)
    if isinstance(found, LiveFeature):
        further = (
            ("missing", found.reference_missing, found.live_missing),
            ("unseen", 0, found.live_unseen),
        )
        for label, before, now in further:
            if before or now:
                labels.append(label)
                reference.append(before)
                live.append(now)
    all_before, all_now = sum(reference) or 1, sum(live) or 1
    return [
        Bar(label, before / all_before, now / all_now)
        for label, before, now in zip(labels, reference, live, strict=True)
    ]


def _describe(bars: Sequence[Bar], *, has_rows: bool) -> str:
    if not has_rows:
        return "No rows are counted in this time."
    most = max(bars, key=lambda bar: abs(bar.live - bar.reference))
    label = shorten(most.label, _LONGEST_LABEL)
    if show_share(most.live) == show_share(most.reference):
        return "The shares are those of the reference."
    return (
        f"Largest difference: {label}, {show_share(most.live)} of the rows; "
        f"{show_share(most.reference)} in the reference."
    )


def show_share(share: float) -> str:
    """Return a share in percent, such as `4.2 %`."""
    percent = 100 * share
    if 0 < percent < 0.1:  # noqa: PLR2004 - the smallest number with one digit
        return "< 0.1 %"
    return f"{percent:.1f} %" if percent < 10 else f"{percent:.0f} %"  # noqa: PLR2004 - two digits


def _draw(found: Distribution, bars: Sequence[Bar], top: float) -> Iterator[str]:
    bottom, count = HEIGHT - _BOTTOM, len(found.bins)
    step = (WIDTH - _FURTHER * (len(bars) - count)) / max(count, 1)
    slots = [(place * step, step) for place in range(count)]
    slots += [(count * step + place * _FURTHER, _FURTHER) for place in range(len(bars) - count)]
    for style, offset in (("reference", 0.08), ("live", 0.51)):
        path = []
        for bar, (left, width) in zip(bars, slots, strict=True):
            share = bar.live if style == "live" else bar.reference
            if share > 0:
                y = min(bottom - (bottom - _TOP) * share / top, bottom - 1)
                path.append(
                    f"M{left + offset * width:.1f} {bottom}V{y:.1f}h{0.41 * width:.1f}V{bottom}z"
                )
        yield f'<path class="{style}" d="{"".join(path)}"/>'
    yield f'<path class="guide" d="M0 {bottom}H{WIDTH}"/>'
    yield write_text(0, 10, show_share(top))
    yield from _label(found, bars, slots)


def _label(
    found: Distribution, bars: Sequence[Bar], slots: Sequence[tuple[float, float]]
) -> Iterator[str]:
    """Label some edges of numbers; names if all have room; missing values and unseen strings."""
    y, count = HEIGHT - 3, len(found.bins)
    if found.edges:
        apart = max(1, -(-len(found.edges) * _EDGE_WIDTH // int(slots[-1][0] or WIDTH)))
        for place in range(0, len(found.edges), apart):
            yield write_text(slots[place + 1][0], y, f"{found.edges[place]:.4g}", "middle")
    named = range(count) if not found.edges and count <= _MOST_NAMED else range(0)
    for place in (*named, *range(count, len(bars))):
        left, width = slots[place]
        label = shorten(bars[place].label, int(width / _CHARACTER))
        yield write_text(left + width / 2, y, label, "middle")
