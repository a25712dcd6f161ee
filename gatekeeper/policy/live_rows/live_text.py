"""Logged rows in messages and in decisions. They name columns and categories, never ids."""

from gatekeeper.evidence.live_results import ChangedAnswers, LiveResult, RowKind
from shared.text import quote


def count_rows(rows: int) -> str:
    """Return a number of rows with its noun."""
    return f"{rows:,} logged row{'s' * (rows != 1)}"


def show_share(share: float) -> str:
    """Return a share as a percentage with three digits."""
    return f"{100 * share:.3g} %"


def name_kind(kind: RowKind) -> str:
    """Return the column and the value that rows have in common."""
    return f"{quote(kind.column)} is {quote(kind.value)}"


def describe_slices(changed: ChangedAnswers) -> str:
    """Say where most answers change; nothing if no slice changes more than the others."""
    if not changed.slices:
        return ""
    shown = [
        f"{name_kind(each.kind)} ({show_share(each.changed / each.kind.rows)} of "
        f"{each.kind.rows:,})"
        for each in changed.slices[:2]
    ]
    return f"Most change where {'; or where '.join(shown)}."


def mention_left_out(live: LiveResult, *, refused: int = 0) -> str:
    """Say which rows the model did not get, as sentences; nothing if it got all."""
    parts = []
    if live.unreadable:
        parts.append(
            f"{count_rows(live.unreadable)} lack a column of the model, or have it with another "
            "type."
        )
    if refused:
        parts.append(
            f"{count_rows(refused)} lack a value that the model needs, which "
            "GATEKEEPER_ALLOW_SCHEMA_CHANGE allows."
        )
    parts.append(mention_failed_by_both(live.failed.both))
    if live.untried:
        parts.append(f"The time was not enough for {count_rows(live.untried)}.")
    return " ".join(filter(None, parts))


def mention_failed_by_both(rows: int) -> str:
    """Say how many rows neither model answers, as a sentence; nothing if there are none."""
    if not rows:
        return ""
    verb = "is" if rows == 1 else "are"
    return f"{count_rows(rows)} {verb} answered neither by it nor by production."
