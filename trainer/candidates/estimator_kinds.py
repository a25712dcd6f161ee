"""Check that estimators suit the task: classifiers predict classes, regressors numbers."""

from collections.abc import Sequence
from typing import Any

from shared.contract.documents import Task
from shared.errors import CandidatesError
from trainer.candidates.candidate_table import Candidate

_UNSUITABLE: dict[Task, tuple[str, str, str]] = {
    "classification": ("regressor", "classes", "classifiers, or a METRIC for numbers, such as r2"),
    "regression": ("classifier", "numbers", "regressors"),
}
"""For each task: the unsuitable kind of estimator, the values of its target, and the remedy."""


def unsuitable_reason(estimator: Any, task: Task) -> str | None:
    """Return why *estimator* cannot do *task*; None if it can, or if its kind is unknown."""
    from sklearn.base import is_classifier, is_regressor  # noqa: PLC0415 - slow to import

    is_unsuitable = is_regressor if task == "classification" else is_classifier
    kind, values, _ = _UNSUITABLE[task]
    try:
        return (
            f"it is a {kind}, but the target holds {values}" if is_unsuitable(estimator) else None
        )
    except AttributeError:  # without tags, the first prediction shows the kind
        return None


def require_suitable_candidate(candidates: Sequence[Candidate], task: Task) -> None:
    """Raise CandidatesError if every candidate is of the kind that cannot do *task*."""
    if all(unsuitable_reason(candidate.estimator, task) for candidate in candidates):
        kind, values, remedy = _UNSUITABLE[task]
        names = ", ".join(candidate.name for candidate in candidates)
        raise CandidatesError(
            f"The target holds {values}, but no estimator can predict them. "
            f"Each of these is a {kind}: {names}. Use {remedy}."
        )
