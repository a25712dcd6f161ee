"""The setting GATEKEEPER_GUARDS: further metrics, and how far each may fall below the champion's.

`require_useful_guards` refuses guards that mean nothing together with METRIC.
"""

import math

from shared.errors import SettingsError
from shared.likely_values import find_likely_value, format_number
from shared.scoring.score_ranges import useful_range
from shared.scoring.scorer_names import (
    MANY_CLASSES,
    METRICS,
    TWO_CLASSES,
    is_for_regression,
    propose_metrics,
)

VARIABLE = "GATEKEEPER_GUARDS"
_NUMBERS, _CLASSES, _MANY = "numbers", "classes", "three classes or more"
_EXAMPLE = "expected metrics with the allowed drop, such as neg_log_loss:-0.02, recall:-0.01"


def parse_guards(setting: str) -> dict[str, float]:
    """Return the least difference to the champion's score by metric, in the order of *setting*.

    Raises SettingsError for a value that is not a list of metrics and finite numbers.
    """
    guards: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in setting.split(","))):
        name, colon, text = (each.strip() for each in part.partition(":"))
        least = _parse_number(text)
        if not name or not colon or least is None:
            raise SettingsError(f"{VARIABLE} is malformed: found {part!r:.80}; {_EXAMPLE}.")
        if name not in METRICS:
            close = propose_metrics(name)
            hint = f"did you mean {', '.join(close)}?" if close else "docs/training.md lists all."
            raise SettingsError(f"{VARIABLE} names the unknown metric {name!r:.80}; {hint}")
        if name in guards:
            raise SettingsError(f"{VARIABLE} names {name} twice. Remove one of both.")
        guards[name] = least
    return guards


def require_useful_guards(metric: str, guards: dict[str, float], *, are_required: bool) -> None:
    """Raise SettingsError for the first guard that means nothing when METRIC is *metric*."""
    if are_required and not guards:
        raise SettingsError(
            f"GATEKEEPER_REQUIRE_GUARDS=true limits nothing, because {VARIABLE} names no metric; "
            f"set {VARIABLE}, or leave both empty."
        )
    for name, least in guards.items():
        reason, remedy = _find_contradiction(name, metric)
        if not reason:
            reason, remedy = _find_meaningless(name, least)
        if reason:
            raise SettingsError(f"{VARIABLE}: {name}:{format_number(least)} {reason}; {remedy}")


def _find_contradiction(name: str, metric: str) -> tuple[str, str]:
    """Return why the guard *name* does not go with METRIC, and a remedy; empty if it does."""
    if name == metric:
        return f"is about METRIC={metric} itself", "set GATEKEEPER_MIN_IMPROVEMENT instead."
    remedy = "remove it, or choose a metric of the same kind."
    ours, theirs = _name_kind(name), _name_kind(metric)
    if _CLASSES in {ours, theirs} and _NUMBERS not in {ours, theirs}:
        return "", ""
    reason = f"is for {ours}, but METRIC={metric} is for {theirs}"
    return ("", "") if ours == theirs else (reason, remedy)


def _name_kind(metric: str) -> str:
    if is_for_regression(metric):
        return _NUMBERS
    kinds = {**dict.fromkeys(TWO_CLASSES, "two classes"), **dict.fromkeys(MANY_CLASSES, _MANY)}
    return kinds.get(metric, _CLASSES)


def _find_meaningless(name: str, least: float) -> tuple[str, str]:
    """Return why the guard limits nothing or refuses every model, and a remedy; empty if not."""
    useful = useful_range(name)
    width = useful[1] - useful[0] if useful else math.inf
    if -width < least <= 0:
        return "", ""
    reason = "requires a rise, but a guard limits a drop"
    if useful and least < 0:
        low, high = map(format_number, useful)
        reason = f"lets every drop pass, because useful scores of {name} are between {low} and "
        reason += high
    likely = find_likely_value(
        VARIABLE, format_number(least), lambda value: -width < value < 0, is_fraction=True
    )
    return reason, f"did you mean {name}:{format_number(likely)}?" if likely else f"{_EXAMPLE}."


def _parse_number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
