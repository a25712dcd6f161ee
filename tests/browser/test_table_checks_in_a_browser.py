"""The page of `make check-data` as its readers open it: a file from a disk, without a server."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from shared.reports.table_report import ColumnLine, TableReport, render_table

Open = Callable[..., Page]
HOSTILE = "\"'><img src=x onerror=hacked=1><script>hacked=1</script>"
COLUMNS = [
    ColumnLine("age", "number", "12 (3%)", "34, 61, 19", "feature"),
    ColumnLine(HOSTILE, "category", "0", HOSTILE, "feature", notes=(f"{HOSTILE} is odd.",)),
    ColumnLine("long" * 40, "time of day", "-", "x" * 120, "problem", "y" * 300, is_problem=True),
    ColumnLine("churn", "category", "2 (<1%)", "stays, leaves", "target"),
]
BAD = TableReport("data.csv", "9 rows, 4 columns", COLUMNS, (HOSTILE, "z" * 400), (HOSTILE,), ())
GOOD = TableReport("data.csv", "9 rows, 2 columns", COLUMNS[::3], (), (), ("Data: data.csv",))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("report", "width"), [(BAD, 390), (BAD, 768), (BAD, 1280), (BAD, 1920), (GOOD, 390)]
)
def test_axe_finds_no_violation_and_no_column_is_cut(
    tmp_path: Path, open_page: Open, report: TableReport, width: int, scheme: str
) -> None:
    path = tmp_path / "check-data.html"
    path.write_text(render_table(report), encoding="utf-8")
    size = {"width": width, "height": 900}
    page = open_page(path.as_uri(), color_scheme=scheme, viewport=size)
    violations: list[dict[str, Any]] = Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("typeof hacked") == "undefined"
    assert page.locator("tbody th").all_inner_texts() == [each.name for each in report.columns]
