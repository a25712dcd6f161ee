"""Charts as SVG without script or style; the page's style sheet colours them.

pygal draws them. Its style, script and descriptions are removed, so a page's
Content-Security-Policy can forbid both, and colours follow the light or dark mode. The page shows
the legend, where long names wrap.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from markupsafe import Markup

WIDTH, HEIGHT = 480, 320
"""The size of a chart in its own units; the page scales it."""

Series = Sequence[tuple[float, float]]


def draw_curves(
    label: str,
    axes: tuple[str, str],
    series: Mapping[str, Series],
    *,
    behind: Mapping[str, Series] | None = None,
    reference: Series | None = None,
    dots: bool = False,
) -> "Markup":
    """Return a chart of lines, or of points with *dots*, as SVG.

    Args:
        label: The text that screen readers read.
        axes: The titles of the x axis and the y axis.
        series: The points (x, y) of each line by its name.
        behind: The points of a thin, dotted line for some of these names, in the same colour.
        reference: Points of a dashed line, such as the result of chance; both axes then show 0 to
            1.
        dots: Whether points are drawn instead of lines.
    """
    if not can_be_drawn([*series.values(), *(behind or {}).values()]):
        return refuse_to_draw()
    chart = import_pygal().XY(
        **COMMON,
        **({"range": (0, 1), "xrange": (0, 1)} if reference else {}),
        x_title=axes[0],
        y_title=axes[1],
        show_dots=dots,
        stroke=not dots,
        dots_size=2,
    )
    for name, points in series.items():
        chart.add(name, list(points))
    behind, names = behind or {}, list(series)
    for points in behind.values():
        chart.add(None, list(points))
    if reference:
        chart.add(None, list(reference))
    copies = {len(names) + place: names.index(name) for place, name in enumerate(behind)}
    return strip_chart(chart, label, len(names) + len(behind) if reference else None, copies)


def draw_interval(
    label: str, axis: str, low: float, value: float, high: float, *, limit: float = 0.0
) -> "Markup":
    """Return a chart of a value, its interval and a dashed line at *limit*, as SVG."""
    if not can_be_drawn([[(low, 0), (value, 0), (high, 0)]]):
        return refuse_to_draw()
    chart = import_pygal().XY(
        **{**COMMON, "height": 110},
        x_title=axis,
        show_y_labels=False,
        range=(-1, 1),
        dots_size=5,
        max_scale=5,
    )
    chart.add("interval", [(low, 0), (high, 0)], show_dots=False)
    chart.add("difference", [(value, 0)], stroke=False)
    chart.add(None, [(limit, -1), (limit, 1)], show_dots=False)
    return strip_chart(chart, label, 2)


_SMALLEST, _LARGEST = 1e-100, 1e100
"""The limits of the larger end of an axis, which pygal divides by and multiplies."""
_SMALLEST_SPREAD = 1e-9
"""The least difference of the ends of an axis, as a share of the larger end.

pygal steps from end to end and never arrives if a step is lost in the precision of floats."""


def can_be_drawn(series: Iterable[Series]) -> bool:
    """Say whether pygal can draw the points: it fails or does not end for some numbers."""
    points = [point for each in series for point in each]
    return all(_is_drawable([point[axis] for point in points]) for axis in (0, 1))


def _is_drawable(values: Sequence[float]) -> bool:
    if not values:
        return True
    low, high = min(values), max(values)
    size = max(abs(low), abs(high))
    if size == 0:
        return True
    return _SMALLEST <= size <= _LARGEST and (low == high or high - low >= size * _SMALLEST_SPREAD)


def refuse_to_draw() -> "Markup":
    """Return the sentence that takes the place of a chart."""
    from markupsafe import Markup  # noqa: PLC0415 - a gatekeeper without visitors does not need it

    return Markup(
        '<p class="faint">This chart cannot be shown: '
        "its numbers are too large, or too close to each other.</p>"
    )


def import_pygal() -> Any:
    """Import pygal, and make it draw with Python's own XML also where lxml is installed."""
    import pygal  # noqa: PLC0415 - training, gating and serving do not need it
    from pygal.etree import etree  # noqa: PLC0415 - a part of pygal

    etree.to_etree()
    return pygal


COMMON: dict[str, Any] = {
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


def strip_chart(
    chart: Any, label: str, reference: int | None, copies: Mapping[int, int] | None = None
) -> "Markup":
    """Render *chart* as safe HTML, without style, script and descriptions.

    *reference* is the index of a series. *copies* names series behind others, by their indices.
    """
    from markupsafe import Markup  # noqa: PLC0415 - a gatekeeper without visitors does not need it

    styles = {f"serie-{place}": f"series behind color-{of}" for place, of in (copies or {}).items()}
    root = chart.render_tree()
    for parent in list(root.iter()):
        for child in list(parent):
            classes = child.get("class", "").split()
            tag = child.tag.removeprefix(_SVG) if isinstance(child.tag, str) else ""
            if not tag or tag in _REMOVED_TAGS or not _REMOVED_CLASSES.isdisjoint(classes):
                parent.remove(child)
            elif f"serie-{reference}" in classes:
                child.set("class", "reference")
            elif found := [styles[name] for name in classes if name in styles]:
                child.set("class", found[0])
    for name in ("id", "xmlns"):
        root.attrib.pop(name, None)
    root.set("role", "img")
    root.set("aria-label", label)
    root.set("class", "chart")
    text = ET.tostring(root, encoding="unicode")
    return Markup(text)  # noqa: S704 - ElementTree has escaped all names


_SVG = "{http://www.w3.org/2000/svg}"
_REMOVED_TAGS = {"defs", "desc", "title"}
"""Elements with styles and with descriptions of pygal; titles of axes are `text` elements."""
_REMOVED_CLASSES = {"tooltip", "text-overlay"}
"""Classes of elements that only a script shows."""
