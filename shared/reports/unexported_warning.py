"""Warn people that a candidate with a better score could not be exported."""

from shared.contract.documents import Manifest
from shared.metric_text import name_metric, show_score


def warn_about_unexported(manifest: Manifest) -> str | None:
    """Name the candidates that scored better than the published one; None without one.

    A candidate with scores and an error was fitted, and could not be exported.
    """
    metric, chosen = manifest.metric, manifest.model_name
    scored = [each for each in manifest.candidates if metric in each.metrics]
    ours = next((each.metrics[metric] for each in scored if each.name == chosen), None)
    if ours is None:
        return None
    failed = {each.name: each.metrics[metric] for each in scored if each.error}
    better = sorted(((score, name) for name, score in failed.items() if score > ours), reverse=True)
    if not better:
        return None
    names = " and ".join(_describe(name, metric, score) for score, name in better)
    return (
        f"{names} scored better on validation and could not be exported; "
        f"{_describe(chosen, metric, ours)} is published instead."
    )


def _describe(name: str, metric: str, score: float) -> str:
    return f"{name} ({name_metric(metric)} {show_score(metric, score)})"
