"""Draw curves on logarithmic axes as SVG: a cost that grows linearly is a diagonal."""

from collections.abc import Mapping, Sequence
from html import escape
from math import log10

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 860, 420, 70, 330, 44, 40
_COLOURS = ("#0969da", "#cf222e", "#1a7f37", "#8250df", "#bf8700", "#57606a")
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#24292f}.title{font-weight:600;font-size:15px}"
    ".grid{stroke:#d8dee4}.linear{stroke:#8c959f;stroke-dasharray:5 4}"
    "polyline{fill:none;stroke-width:2}"
)
_LEAST = 0.1
"""The lowest value that is drawn, since zero has no logarithm."""


def curve_chart(
    title: str, labels: Sequence[str], curves: Mapping[str, Sequence[float]], linear: str
) -> str:
    """Draw *curves*, each with a value for each label; the labels are a factor of ten apart.

    A dashed line with the label *linear* shows linear growth.
    """
    values = [max(value, _LEAST) for curve in curves.values() for value in curve]
    low, high = int(log10(min(values)) // 1), int(-(-log10(max(values)) // 1))
    high = max(high, low + len(labels) - 1)
    step = (_WIDTH - _LEFT - _RIGHT) / max(1, len(labels) - 1)

    def place(index: int, value: float) -> tuple[float, float]:
        share = (log10(max(value, _LEAST)) - low) / (high - low)
        return _LEFT + step * index, _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)

    def points(curve: Sequence[float]) -> str:
        return " ".join("{:.0f},{:.0f}".format(*place(*point)) for point in enumerate(curve))

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        f'<text class="title" x="16" y="26">{escape(title)}</text>',
    ]
    for power in range(low, high + 1):
        y = place(0, 10.0**power)[1]
        lines += [
            f'<path class="grid" d="M{_LEFT} {y:.0f}H{_WIDTH - _RIGHT}"/>',
            f'<text x="{_LEFT - 8}" y="{y + 4:.0f}" text-anchor="end">{10.0**power:,g}</text>',
        ]
    for index, label in enumerate(labels):
        x = place(index, 1)[0]
        lines.append(
            f'<text x="{x:.0f}" y="{_HEIGHT - 14}" text-anchor="middle">{escape(label)}</text>'
        )
    diagonal = [10.0 ** (low + index) for index in range(len(labels))]
    lines.append(f'<polyline class="linear" points="{points(diagonal)}"/>')
    legend = [("#8c959f", linear)]
    for colour, (name, curve) in zip(_COLOURS, curves.items(), strict=False):
        lines.append(f'<polyline stroke="{colour}" points="{points(curve)}"/>')
        legend.append((colour, name))
    for index, (colour, name) in enumerate(legend):
        y = _TOP + 12 + 22 * index
        lines += [
            f'<rect x="{_WIDTH - _RIGHT + 20}" y="{y - 5}" width="14" height="4" fill="{colour}"/>',
            f'<text x="{_WIDTH - _RIGHT + 42}" y="{y + 2}">{escape(name)}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])
