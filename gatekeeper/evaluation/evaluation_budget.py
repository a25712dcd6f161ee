"""The limits of one evaluation."""

from dataclasses import dataclass


@dataclass(frozen=True)
class EvaluationBudget:
    """The time and memory that a model may use while it is scored."""

    seconds: float
    memory_mib: int
    """Also the largest size of a candidate's file."""
