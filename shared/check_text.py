"""Show the checks of a decision to people: errors are positive, as all scores that they see."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from shared.contract.check_result import CheckResult
from shared.metric_text import is_error, name_metric

_NUMBER = r"[+-]\d+(?:\.\d+)?(?:e[+-]?\d+)?"
_SCORES = ("champion-comparison", "score-floor", "score-reproduced")
"""Ids of the gate's checks that observe one score and require another."""
_SIGNIFICANCE, _SLICE_DROP = "significance", "slice-drop"
_SLICES = (_SLICE_DROP, "slice-coverage", "slice-floor", "slice-gap")
"""Ids of the gate's checks that observe scores of slices."""
_GUARD_METRICS, _PREDICTION_COST = "guard-metrics", "prediction-cost"
_COST = "neg_cost"
_LIVE_COMPARISON = "live-comparison"
_PROBATION_LABELS = "probation-labels"
_OPPOSITES = {
    "is below": "is above",
    "is not below": "is not above",
    "it is at least": "it is at most",
    "No slice drops below production by": "No slice has an error above production's by",
    "The drop below production is": "The error is above production's by",
}
_BOUNDS = ("required_difference", "bound", "detectable_difference")
"""Other differences of scores that `significance` observes."""
_UNSEEN = ("holdout-unseen", "holdout unseen by both models")
_OLD_SLICES = "below production"


def turn_errors(check: CheckResult, metric: str, check_id: str) -> CheckResult:
    """Return *check* for people: about an error, with positive errors and matching words.

    The gate writes such messages itself. Those of 0.1.0 have the signs of scikit-learn.
    """
    if check_id in {_GUARD_METRICS, _PREDICTION_COST}:
        return _turn_further_metrics(check)
    if not is_error(metric):
        return check
    if check_id == _LIVE_COMPARISON:
        return _turn_live_comparison(check)
    if check_id == _PROBATION_LABELS:
        return _turn_probation_labels(check)
    if check_id not in {*_SCORES, _SIGNIFICANCE, *_SLICES}:
        return check
    if check_id in _SCORES:
        observed, required = _negate(check.observed), _negate(check.required)
    elif check_id == _SIGNIFICANCE:
        observed, required = _turn_interval(check.observed), check.required
    else:
        observed, required = _turn_slices(check.observed), check.required
        if check_id == "slice-floor":
            required = _negate(required)
    turn = _turn_slice_text if check_id == _SLICE_DROP else _turn_numbers
    message = check.message
    if metric in message or _OLD_SLICES in message:
        message = _turn_words(message, metric, turn)
    return check.model_copy(update={"observed": observed, "required": required, "message": message})


def _turn_further_metrics(check: CheckResult) -> CheckResult:
    """Turn the scores of each metric that is an error, for any METRIC."""
    observed, required = check.observed, check.required
    if isinstance(observed, Mapping):
        observed = _turn_scores(observed, _COST)
    elif isinstance(observed, list):
        observed = [
            {**_turn_scores(each, str(each["metric"])), "metric": name_metric(str(each["metric"]))}
            if isinstance(each, Mapping) and "metric" in each
            else each
            for each in observed
        ]
        if isinstance(required, Mapping):
            required = {
                name_metric(name): _negate(value) if is_error(name) else value
                for name, value in required.items()
            }
    return check.model_copy(update={"observed": observed, "required": required})


def _turn_live_comparison(check: CheckResult) -> CheckResult:
    observed = _turn_interval(check.observed)
    if isinstance(observed, Mapping):
        scores = {name: _negate(observed.get(name)) for name in ("challenger", "champion")}
        observed = {**observed, **scores}
    return check.model_copy(update={"observed": observed, "required": _negate(check.required)})


def _turn_probation_labels(check: CheckResult) -> CheckResult:
    observed = check.observed
    if isinstance(observed, Mapping):
        names = ("score", "score_before", "difference")
        observed = {**observed, **{name: _negate(observed.get(name)) for name in names}}
    return check.model_copy(update={"observed": observed, "required": _negate(check.required)})


def count_compared_rows(checks: Iterable[tuple[str, Any]]) -> tuple[int, int] | None:
    """Return how many rows both models were compared on, and all rows of the holdout.

    *checks* are names and observed values. None if no check recorded both.
    """
    for name, observed in checks:
        if name in _UNSEEN and isinstance(observed, Mapping):
            compared, rows = observed.get("compared"), observed.get("rows")
            if isinstance(compared, int) and isinstance(rows, int):
                return compared, rows
    return None


def _negate(value: Any) -> Any:
    return 0.0 - value if isinstance(value, int | float) else value


def _turn_interval(observed: Any) -> Any:
    match observed:
        case {"difference": difference, "interval": [low, high]}:
            turned = {"difference": _negate(difference), "interval": [_negate(high), _negate(low)]}
            bounds = {name: _negate(observed[name]) for name in _BOUNDS if name in observed}
            return {**observed, **turned, **bounds}
    return observed


def _turn_slices(observed: Any) -> Any:
    if isinstance(observed, list):
        return [_turn_slices(each) for each in observed]
    if isinstance(observed, Mapping):
        return {name: _turn_slice_value(name, value) for name, value in observed.items()}
    return observed


def _turn_slice_value(name: str, value: Any) -> Any:
    if name in {"challenger", "champion", "difference", "worst score", "best score"}:
        return _negate(value)
    match value:
        case [low, high] if name == "interval":
            return [_negate(high), _negate(low)]
    return _turn_slices(value)


def _turn_scores(found: Mapping[str, Any], metric: str) -> dict[str, Any]:
    names = ("challenger", "champion", "difference") if is_error(metric) else ()
    return {name: _negate(value) if name in names else value for name, value in found.items()}


def _turn_words(message: str, metric: str, turn: Callable[[str], str]) -> str:
    """Rewrite the sentences of the score checks; other sentences stay as they are."""
    for word, opposite in _OPPOSITES.items():
        message = message.replace(word, opposite)
    return turn(message).replace(metric, name_metric(metric))


def _turn_numbers(text: str) -> str:
    between = rf"between ({_NUMBER}) and ({_NUMBER})"
    text = re.sub(between, lambda found: f"between {found[2]} and {found[1]}", text)
    return re.sub(
        rf"(?<![\w.'])({_NUMBER})(\)?)",
        lambda found: _turn_sign(found[1], "+" if found[2] else "") + found[2],
        text,
    )


def _turn_slice_text(text: str) -> str:
    """Turn both scores of each slice; the values of its column keep their signs."""
    pair = r"with (-?[\d.e+-]+|no score) to (-?[\d.e+-]+|no score) on (?=\d+ rows)"
    return re.sub(pair, lambda found: f"with {_bare(found[1])} to {_bare(found[2])} on ", text)


def _bare(score: str) -> str:
    return score.removeprefix("-")


def _turn_sign(number: str, plus: str) -> str:
    """Return a positive number for a score, and the opposite of a difference.

    *plus* is the sign of a positive number: the sum in parentheses needs one.
    """
    digits = number[1:]
    if not float(digits):
        return digits
    return f"{plus}{digits}" if number[0] == "-" else f"-{digits}"
