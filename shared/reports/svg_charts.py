"""Pictures for pages: SVG without script or style of its own, coloured by the page's style sheet.

pygal lays them out. What it says about itself, its style and its script are taken out, so that a
page's Content-Security-Policy can forbid both, and its colours follow light and dark. A legend is
the page's: there, names wrap, and are as long as they are.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

WIDTH, HEIGHT = 480, 320
"""In units of the picture; the page scales it."""

Series = Sequence[tuple[float, float]]


def draw_curves(
    what: str,
    axes: tuple[str, str],
    series: Mapping[str, Series],
    *,
    reference: Series | None = None,
    dots: bool = False,
) -> str:
    """Lines, or with *dots* points alone, as SVG; *what* is read to those who cannot see it.

    Where there is a *reference*, such as what chance would give, it is drawn dashed, and both axes
    reach from 0 to 1.
    """
    chart = _pygal().XY(
        **_COMMON,
        **({"range": (0, 1), "xrange": (0, 1)} if reference else {}),
        x_title=axes[0],
        y_title=axes[1],
        show_dots=dots,
        stroke=not dots,
        dots_size=2,
    )
    for name, points in series.items():
        chart.add(name, list(points))
    if reference:
        chart.add(None, list(reference))
    return _bare(chart, what, len(series) if reference else None)


def draw_scores(
    what: str,
    axes: tuple[str, str],
    kinds: Mapping[str, Series],
    intervals: Sequence[tuple[float, float, float]],
) -> str:
    """Scores by the number of their decision: dots by *kinds*, the first of them joined by a line.

    *intervals* are number, lower and upper end; each is drawn as a bar behind its dot.
    """
    numbers = sorted({round(x) for series in kinds.values() for x, _ in series})
    chart = _pygal().XY(
        **_COMMON,
        x_title=axes[0],
        y_title=axes[1],
        dots_size=4,
        max_scale=8,
        x_labels=numbers[:: 1 + len(numbers) // 10],
        x_value_formatter=lambda number: f"{number:.0f}",
    )
    for place, (name, points) in enumerate(kinds.items()):
        chart.add(name, list(points), stroke=place == 0)
    ends = [[(x, low), (x, high), (None, None)] for x, low, high in intervals]
    chart.add(
        "interval",
        [point for bar in ends for point in bar],
        show_dots=False,
        allow_interruptions=True,
    )
    return _bare(chart, what, None)


def draw_interval(what: str, axis: str, low: float, value: float, high: float) -> str:
    """A value between the ends of its interval, beside a dashed line at zero."""
    chart = _pygal().XY(
        **{**_COMMON, "height": 110},
        x_title=axis,
        show_y_labels=False,
        range=(-1, 1),
        dots_size=5,
        max_scale=5,
    )
    chart.add("interval", [(low, 0), (high, 0)], show_dots=False)
    chart.add("difference", [(value, 0)], stroke=False)
    chart.add(None, [(0, -1), (0, 1)], show_dots=False)
    return _bare(chart, what, 2)


def _pygal() -> Any:
    """Import pygal, and make it draw with Python's own XML also where lxml is installed."""
    import pygal  # noqa: PLC0415 - nothing of it is needed to train, gate or serve
    from pygal.etree import etree  # noqa: PLC0415 - as above

    etree.to_etree()
    return pygal


_COMMON: dict[str, Any] = {
    "width": WIDTH,
    "height": HEIGHT,
    "js": (),
    "css": (),
    "no_prefix": True,
    "margin": 8,
    "truncate_label": 24,
    "show_legend": False,
    "value_formatter": lambda number: f"{number:.6g}",
    "no_data_text": "nothing to show",
}


def _bare(chart: Any, what: str, reference: int | None) -> str:
    root = chart.render_tree()
    for parent in list(root.iter()):
        for child in list(parent):
            classes = child.get("class", "").split()
            tag = child.tag.removeprefix(_SVG) if isinstance(child.tag, str) else ""
            if not tag or tag in _LEFT_OUT or not _OF_SCRIPTS.isdisjoint(classes):
                parent.remove(child)
            elif f"serie-{reference}" in classes:
                child.set("class", "reference")
    for name in ("id", "xmlns"):
        root.attrib.pop(name, None)
    root.set("role", "img")
    root.set("aria-label", what)
    root.set("class", "chart")
    return ET.tostring(root, encoding="unicode")


_SVG = "{http://www.w3.org/2000/svg}"
_LEFT_OUT = {"defs", "desc", "title"}
"""Elements that style, and that name pygal. Titles of axes are texts."""
_OF_SCRIPTS = {"tooltip", "text-overlay"}
"""Classes of what a script would show."""
