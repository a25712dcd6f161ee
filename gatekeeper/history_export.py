"""The whole decision log as a table to take away: CSV, JSON or Markdown. Pure: JSON in, text out.

docs/history.md documents the columns. Programs rely on their names and their order.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from gatekeeper.decision_text import show_reason
from gatekeeper.markdown_text import make_table
from gatekeeper.policy.check_names import to_check_id

Json = dict[str, Any]
COLUMNS = (
    *("number", "decided_at", "candidate_id", "outcome", "version", "previous_version"),
    *("model_name", "digest", "metric", "score", "champion_score", "failed_checks"),
    *("not_checked", "reason", "decided_by"),
)
"""The columns of each format, in their order."""
_PAGE = 1000
"""Decisions of one request."""
_FORMULA = re.compile(r"[\s\x00-\x1f]*[=+\-@|%]")
"""The beginning of a cell that a spreadsheet may take for a formula."""


def make_rows(decisions: Sequence[Json]) -> list[Json]:
    """Return a row for each decision, with the values of COLUMNS, or None where one is unknown."""
    return [_make_row(decision) for decision in decisions]


def _make_row(decision: Json) -> Json:
    registry = decision["registry"] or {}
    scores, checks = decision["scores"], decision["checks"]
    values = (
        decision["number"],
        decision["decided_at"],
        decision["candidate_id"],
        decision["outcome"],
        registry.get("version"),
        registry.get("previous_version"),
        decision["model_name"],
        registry.get("digest"),
        decision["metric"],
        _number(scores.get("challenger")),
        _number(scores.get("champion")),
        [to_check_id(check["name"]) for check in checks if not check["passed"]],
        [to_check_id(each["name"]) for each in checks if each.get("skipped") == "not_checked"],
        show_reason(decision) or decision.get("reason"),
        decision.get("decided_by"),
    )
    return dict(zip(COLUMNS, values, strict=True))


def to_csv(rows: Sequence[Json]) -> str:
    """Return the rows as CSV by RFC 4180, in UTF-8, with `;` between the names of checks.

    A cell of text that a spreadsheet could take for a formula gets an apostrophe before it.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_spell(row[name]) for name in COLUMNS] for row in rows)
    return text.getvalue()


def to_json(rows: Sequence[Json]) -> str:
    """Return the rows as a JSON list of objects."""
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"


def to_markdown(rows: Sequence[Json]) -> str:
    """Return the rows as a table in Markdown, with every sign of Markdown escaped."""
    return make_table(COLUMNS, [[_spell_plainly(row[name]) for name in COLUMNS] for row in rows])


FORMATS: dict[str, Callable[[Sequence[Json]], str]] = {
    "csv": to_csv,
    "json": to_json,
    "md": to_markdown,
}
"""The function that writes each format."""


def export_history(
    read_page: Callable[..., Json], table_format: str, outcome: str | None, most: int | None
) -> str:
    """Return the decisions as a table, oldest first.

    Args:
        read_page: A function that returns a page of decisions for the parameters `params`.
        table_format: A name in FORMATS.
        outcome: The outcome of the decisions; None for all.
        most: The number of the newest decisions to return; None for all.
    """
    parameters: Json = {"limit": _PAGE if most is None else min(most, _PAGE)}
    if outcome is not None:
        parameters["outcome"] = outcome
    found: list[Json] = []
    while True:
        page = read_page(params=parameters)
        found += page["decisions"]
        parameters["before"] = page["before"]
        is_enough = most is not None and len(found) >= most
        if is_enough or not page["before"] or not page["decisions"]:
            return FORMATS[table_format](make_rows(found[:most][::-1]))


def _number(value: Any) -> float | int | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else None


def _spell_plainly(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(value)
    return "" if value is None else str(value)


def _spell(value: Any) -> Any:
    """Return a cell of CSV. Numbers stay numbers, also negative ones."""
    if isinstance(value, int | float):
        return value
    text = _spell_plainly(value)
    return f"'{text}" if _FORMULA.match(text) else text
