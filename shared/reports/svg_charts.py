"""Charts as SVG without script or style; the page's style sheet colours them.

pygal draws them. Its style, script and descriptions are removed, so a page's
Content-Security-Policy can forbid both, and colours follow the light or dark mode. The page shows
the legend, where long names wrap.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

WIDTH, HEIGHT = 480, 320
"""The size of a chart in its own units; the page scales it."""

Series = Sequence[tuple[float, float]]


def draw_curves(
    label: str,
    axes: tuple[str, str],
    series: Mapping[str, Series],
    *,
    reference: Series | None = None,
    dots: bool = False,
) -> str:
    """Return a chart of lines, or of points with *dots*, as SVG.

    Args:
        label: The text that screen readers read.
        axes: The titles of the x axis and the y axis.
        series: The points (x, y) of each line by its name.
        reference: Points of a dashed line, such as the result of chance; both axes then show 0 to
            1.
        dots: Whether points are drawn instead of lines.
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
    return _strip(chart, label, len(series) if reference else None)


def draw_scores(
    label: str,
    axes: tuple[str, str],
    kinds: Mapping[str, Series],
    intervals: Sequence[tuple[float, float, float]],
) -> str:
    """Return a chart of scores by the number of their decision, as SVG.

    Args:
        label: The text that screen readers read.
        axes: The titles of the x axis and the y axis.
        kinds: The points (number, score) of each kind; a line joins those of the first kind.
        intervals: Number, lower end and upper end of each interval, drawn as a bar.
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
    for index, (name, points) in enumerate(kinds.items()):
        chart.add(name, list(points), stroke=index == 0)
    ends = [[(x, low), (x, high), (None, None)] for x, low, high in intervals]
    chart.add(
        "interval",
        [point for bar in ends for point in bar],
        show_dots=False,
        allow_interruptions=True,
    )
    return _strip(chart, label, None)


def draw_interval(label: str, axis: str, low: float, value: float, high: float) -> str:
    """Return a chart of a value, its interval and a dashed line at zero, as SVG."""
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
    return _strip(chart, label, 2)


def _pygal() -> Any:
    """Import pygal, and make it draw with Python's own XML also where lxml is installed."""
    import pygal  # noqa: PLC0415 - training, gating and serving do not need it
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


def _strip(chart: Any, label: str, reference: int | None) -> str:
    """Render *chart* without style, script and descriptions; *reference* is a series' index."""
    root = chart.render_tree()
    for parent in list(root.iter()):
        for child in list(parent):
            classes = child.get("class", "").split()
            tag = child.tag.removeprefix(_SVG) if isinstance(child.tag, str) else ""
            if not tag or tag in _REMOVED_TAGS or not _REMOVED_CLASSES.isdisjoint(classes):
                parent.remove(child)
            elif f"serie-{reference}" in classes:
                child.set("class", "reference")
    for name in ("id", "xmlns"):
        root.attrib.pop(name, None)
    root.set("role", "img")
    root.set("aria-label", label)
    root.set("class", "chart")
    return ET.tostring(root, encoding="unicode")


_SVG = "{http://www.w3.org/2000/svg}"
_REMOVED_TAGS = {"defs", "desc", "title"}
"""Elements with styles and with descriptions of pygal; titles of axes are `text` elements."""
_REMOVED_CLASSES = {"tooltip", "text-overlay"}
"""Classes of elements that only a script shows."""
