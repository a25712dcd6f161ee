"""Tables and charts show what they are given."""

import xml.etree.ElementTree as ET

from bench.report.plot import Bar, bar_chart
from bench.report.results import Table
from bench.report.table import render


def test_a_table_is_markdown_with_aligned_columns() -> None:
    table = Table("Title", ("what", "req/s"), [("a", "1"), ("longer", "1,234")])
    assert render(table).splitlines() == [
        "**Title**",
        "",
        "| what   | req/s |",
        "| ------ | ----: |",
        "| a      |     1 |",
        "| longer | 1,234 |",
    ]


def test_a_chart_has_a_bar_for_each_value_as_long_as_it() -> None:
    bars = [Bar("nginx & co", 200.0, "(2.00)", False), Bar("ours", 100.0, "(1.00)", True)]
    root = ET.fromstring(bar_chart("req/s < all", bars))  # noqa: S314 - made here
    space = "{http://www.w3.org/2000/svg}"
    widths = {r.get("class"): float(r.get("width", "")) for r in root.iter(f"{space}rect")}
    assert widths["bar"] == 2 * widths["ours"] > 0
    texts = [text.text for text in root.iter(f"{space}text")]
    assert {"req/s < all", "nginx & co", "200 (2.00)", "100 (1.00)"} <= set(texts)
