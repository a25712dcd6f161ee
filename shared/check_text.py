"""Show the checks of a decision to people: errors are positive, as all scores that they see."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from shared.contract.check_result import CheckResult
from shared.metric_text import is_error, name_metric

_NUMBER = r"[+-]\d+(?:\.\d+)?(?:e[+-]?\d+)?"
_SCORES = ("champion-comparison", "score-floor", "score-reproduced")
"""Ids of the gate's checks that observe one score and require another."""
_SIGNIFICANCE, _SLICE_DROP = "significance", "slice-drop"
_OPPOSITES = {
    "is below": "is above",
    "is not below": "is not above",
    "it is at least": "it is at most",
    "No slice drops below production by": "No slice has an error above production's by",
    "The drop below production is": "The error is above production's by",
}
_OLD_SLICES = "below production"


def turn_errors(check: CheckResult, metric: str, check_id: str) -> CheckResult:
    """Return *check* for people: about an error, with positive errors and matching words.

    The gate writes such messages itself. Those of 0.1.0 have the signs of scikit-learn.
    """
    if not is_error(metric) or check_id not in {*_SCORES, _SIGNIFICANCE, _SLICE_DROP}:
        return check
    if check_id in _SCORES:
        observed, required = _negate(check.observed), _negate(check.required)
    elif check_id == _SIGNIFICANCE:
        observed, required = _turn_interval(check.observed), check.required
    else:
        observed, required = _turn_slices(check.observed), check.required
    turn = _turn_slice_text if check_id == _SLICE_DROP else _turn_numbers
    message = check.message
    if metric in message or _OLD_SLICES in message:
        message = _turn_words(message, metric, turn)
    return check.model_copy(update={"observed": observed, "required": required, "message": message})


def _negate(value: Any) -> Any:
    return 0.0 - value if isinstance(value, int | float) else value


def _turn_interval(observed: Any) -> Any:
    match observed:
        case {"difference": difference, "interval": [low, high]}:
            turned = {"difference": _negate(difference), "interval": [_negate(high), _negate(low)]}
            return {**observed, **turned}
    return observed


def _turn_slices(observed: Any) -> Any:
    if not isinstance(observed, list):
        return observed
    names = ("challenger", "champion", "difference")
    return [
        {name: _negate(value) if name in names else value for name, value in each.items()}
        if isinstance(each, Mapping)
        else each
        for each in observed
    ]


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
