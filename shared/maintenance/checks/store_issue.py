"""The issues that a check of the store reports."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class StoreIssue:
    """One issue: an error breaks an invariant, a note does not."""

    kind: Literal["error", "note"]
    message: str


def error_issue(message: object) -> StoreIssue:
    """Return an issue that breaks an invariant."""
    return StoreIssue("error", str(message))


def note_issue(message: object) -> StoreIssue:
    """Return an issue that the services tolerate or repair themselves."""
    return StoreIssue("note", str(message))
