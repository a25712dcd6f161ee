"""Warn people about a model that is not better than the baseline of its run."""

from shared.contract.documents import Manifest
from shared.metric_text import name_direction, name_metric, show_score
from shared.score_format import format_score
from shared.scoring.scorer_names import NEED_PROBABILITIES


def warn_about_baseline(manifest: Manifest) -> str | None:
    """Say that the model is not better than a constant answer, and what to do; None if it is.

    The scores on the holdout are compared, because nothing was chosen by them.
    """
    metric, baseline = manifest.metric, manifest.baseline
    ours = manifest.holdout_metrics.get(metric)
    theirs = baseline.holdout_metrics.get(metric) if baseline else None
    if baseline is None or ours is None or theirs is None or ours > theirs:
        return None
    return (
        f"{manifest.model_name} is not better than the baseline on the holdout: "
        f"{name_metric(metric)} {show_score(metric, ours)}, baseline {show_score(metric, theirs)}, "
        f"{name_direction(metric)}. The baseline always answers {baseline.answer}. "
        f"{_what_to_do(manifest, theirs)}"
    )


def _what_to_do(manifest: Manifest, baseline_score: float) -> str:
    if manifest.metric == "recall":
        return "No model can have a better recall than this. Choose METRIC=f1 or average_precision."
    if manifest.threshold is not None and manifest.metric not in NEED_PROBABILITIES:
        return (
            "The threshold decides its labels. Choose another TRAINER_THRESHOLD, or a METRIC of "
            "probabilities, such as roc_auc."
        )
    return (
        "So it learnt nothing useful. Check TRAINER_TARGET, the columns and the number of rows, or "
        "try other estimators. GATEKEEPER_FLOOR refuses such models if it is above "
        f"{format_score(baseline_score)}."
    )
