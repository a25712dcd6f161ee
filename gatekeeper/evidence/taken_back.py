"""A model that its probation has rolled back."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TakenBack:
    """The rollback of a candidate's model. Only a person can put it into production again."""

    decision: int
    """The number of the decision that rolled it back."""
    reason: str
    """Why it was rolled back, as a sentence."""
    awaits_person: bool = False
    """Whether a person decides about each candidate that passes."""
