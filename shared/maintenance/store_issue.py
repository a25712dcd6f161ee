"""What a check of the store finds."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class StoreIssue:
    """One thing that a check found; an error breaks an invariant, a note does not."""

    kind: Literal["error", "note"]
    message: str


def error_issue(message: object) -> StoreIssue:
    """What breaks an invariant."""
    return StoreIssue("error", str(message))


def note_issue(message: object) -> StoreIssue:
    """What the services live with, or repair by themselves."""
    return StoreIssue("note", str(message))
