"""What a check of the store finds."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """One thing that a check found; an error breaks an invariant, a note does not."""

    kind: Literal["error", "note"]
    message: str


def error_of(message: object) -> Finding:
    """What breaks an invariant."""
    return Finding("error", str(message))


def note_of(message: object) -> Finding:
    """What the services live with, or repair by themselves."""
    return Finding("note", str(message))
