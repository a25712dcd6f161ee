"""Draw a bar chart as SVG that is short enough to read as text."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _LEFT, _RIGHT, _ROW, _TOP = 860, 270, 200, 26, 44
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#24292f}.title{font-weight:600;font-size:15px}"
    ".bar{fill:#8c959f}.ours{fill:#0969da}.value{fill:#57606a}"
)


@dataclass(frozen=True)
class Bar:
    """One bar of the chart."""

    label: str
    value: float
    note: str
    is_ours: bool


def bar_chart(title: str, bars: Sequence[Bar]) -> str:
    """Draw the bars from the top down."""
    height = _TOP + _ROW * len(bars) + 12
    room = _WIDTH - _LEFT - _RIGHT
    most = max((bar.value for bar in bars), default=1.0) or 1.0
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text class="title" x="16" y="26">{escape(title)}</text>',
    ]
    for index, bar in enumerate(bars):
        top = _TOP + _ROW * index
        width = max(1.0, room * bar.value / most)
        value = f"{bar.value:,.0f} {escape(bar.note)}"
        kind = "ours" if bar.is_ours else "bar"
        lines += [
            f'<text x="{_LEFT - 10}" y="{top + 17}" text-anchor="end">{escape(bar.label)}</text>',
            f'<rect class="{kind}" x="{_LEFT}" y="{top + 4}" width="{width:.1f}" height="18"/>',
            f'<text class="value" x="{_LEFT + width + 8:.1f}" y="{top + 17}">{value}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])
