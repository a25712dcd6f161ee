"""Classifiers are for classes, regressors for numbers: which candidates are of the wrong kind."""

from collections.abc import Sequence
from typing import Any

from shared.contract.documents import Task
from shared.errors import CandidatesError
from trainer.candidates.candidate_table import Candidate

_WRONG: dict[Task, tuple[str, str]] = {
    "classification": ("regressor", "classes"),
    "regression": ("classifier", "numbers"),
}
"""The kind of estimator that cannot do a task, and what its target holds."""
_REMEDY: dict[Task, str] = {
    "classification": "Bring classifiers; to predict numbers, set METRIC to one for them, such as "
    "r2.",
    "regression": "Bring regressors.",
}


def unsuitable_reason(estimator: Any, task: Task) -> str | None:
    """Why *estimator* cannot do *task*; None for the right kind, and for one that says nothing."""
    from sklearn.base import is_classifier, is_regressor  # noqa: PLC0415 - slow to import

    is_wrong = is_regressor if task == "classification" else is_classifier
    kind, holds = _WRONG[task]
    try:
        return f"it is a {kind}, but the target holds {holds}" if is_wrong(estimator) else None
    except AttributeError:  # it has no tags, so nobody knows until it has answered
        return None


def require_suitable_candidate(candidates: Sequence[Candidate], task: Task) -> None:
    """Raise CandidatesError where every candidate is of the wrong kind."""
    if all(unsuitable_reason(candidate.estimator, task) for candidate in candidates):
        kind, holds = _WRONG[task]
        names = ", ".join(candidate.name for candidate in candidates)
        raise CandidatesError(
            f"The target holds {holds}, but no candidate can predict them: each of {names} is a "
            f"{kind}. {_REMEDY[task]}"
        )
