"""Apply TRAINER_THRESHOLD: the probability from which a classifier answers the positive class."""

from typing import Any

import numpy as np

from shared.errors import CandidatesError

POSITIVE = 1
"""The index of the positive class."""
_WITH_THRESHOLD = ("FixedThresholdClassifier", "TunedThresholdClassifierCV")


def set_threshold(estimator: Any, threshold: float) -> Any:
    """Return the fitted *estimator* with a threshold around it.

    Raises CandidatesError if it has no probabilities. Only a fitted stack knows whether it has.
    """
    from sklearn.model_selection import FixedThresholdClassifier  # noqa: PLC0415 - slow to import

    if not hasattr(estimator, "predict_proba"):
        raise CandidatesError(
            "TRAINER_THRESHOLD needs probabilities, which it does not have; put it into a "
            'CalibratedClassifierCV, use VotingClassifier(voting="soft"), or unset '
            "TRAINER_THRESHOLD"
        )
    # NumPy rounds a float of Python to the type of the probabilities, which may be float32.
    exact = np.float64(threshold)
    around = FixedThresholdClassifier(
        estimator, threshold=exact, pos_label=POSITIVE, response_method="predict_proba"
    )
    around.estimator_ = estimator  # as its fit does with a copy
    return around


def own_threshold_reason(estimator: Any) -> str | None:
    """Return why TRAINER_THRESHOLD cannot be applied to *estimator*: it has its own threshold."""
    parts = [estimator, *estimator.get_params().values()]
    found = next((name for part in parts if (name := type(part).__name__) in _WITH_THRESHOLD), None)
    if found is None:
        return None
    return (
        f"its {found} has a threshold of its own; unset TRAINER_THRESHOLD, or put the classifier "
        f"inside of {found} into the table instead"
    )
