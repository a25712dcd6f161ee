"""Say how two scores differ, how sure that is, and what more rows would show.

The sentences are written from the observed values of `significance`, which every decision keeps.
The check's message and the pages use the same sentences.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gatekeeper.evidence.comparison_messages import ScoreDifference
from shared.metric_text import is_error, name_metric, show_difference


@dataclass(frozen=True)
class Difference:
    """The recorded difference of two scores; numbers have the signs of scikit-learn."""

    difference: float
    required: float
    bound: float
    upper: float
    confidence: float
    probability: float
    rows: int
    differing_rows: int | None = None
    detectable: float | None = None
    rows_to_show: int | None = None
    unseen_rows: int | None = None
    same_model: bool = False
    keys: int | None = None

    @property
    def is_sure(self) -> bool:
        """Whether the difference is, with its confidence, at least the required one."""
        return self.bound >= self.required

    @property
    def is_surely_worse(self) -> bool:
        """Whether it is, with the same confidence, at most the required one."""
        return self.probability + self.confidence <= 1


_NAMES = {
    "difference": "difference",
    "required_difference": "required",
    "bound": "bound",
    "confidence": "confidence",
    "probability": "probability",
    "rows": "rows",
    "differing_rows": "differing_rows",
    "detectable_difference": "detectable",
    "rows_to_show_it": "rows_to_show",
    "unseen_rows": "unseen_rows",
    "same_model": "same_model",
    "keys": "keys",
}
"""The fields of `Difference`, by their names in decisions."""


def observe(found: ScoreDifference) -> dict[str, Any]:
    """Return what a decision records of a difference."""
    return {
        "difference": found.difference,
        "required_difference": found.required,
        "bound": found.low,
        "interval": [found.low, found.high],
        "confidence": found.confidence,
        "probability": found.probability,
        "resamples": found.resamples,
        "rows": found.rows,
        "differing_rows": found.differing_rows,
        "detectable_difference": found.detectable,
        "rows_to_show_it": found.rows_to_show,
        "unseen_rows": found.unseen_rows,
        "same_model": found.same_model,
        **({} if found.keys is None else {"keys": found.keys}),
    }


def read_difference(observed: object) -> Difference | None:
    """Return a recorded difference; None for one of an older release, without a bound."""
    if not isinstance(observed, Mapping):
        return None
    values: dict[str, Any] = {field: observed.get(name) for name, field in _NAMES.items()}
    match observed.get("interval"):
        case [_, int() | float() as upper]:
            values["upper"] = upper
    numbers = ("difference", "required", "bound", "upper", "confidence", "probability", "rows")
    if not all(isinstance(values.get(name), int | float) for name in numbers):
        return None
    return Difference(**values)


def describe_difference(found: Difference, metric: str) -> str:
    """Say by how much both scores differ, and on how many rows the predictions do."""
    if found.same_model:
        return "It is the model in production, byte for byte: both scores are equal."
    name, shown = name_metric(metric), show_short(metric, found.difference)
    keys = "" if found.keys is None else f" of {found.keys} keys"
    text = f"On the same {found.rows} rows{keys}, {name} differs from production's by {shown}."
    return " ".join(filter(None, (text, describe_rows(found))))


def describe_rows(found: Difference) -> str:
    """Say on how many rows the predictions differ, unless they do on all."""
    if found.differing_rows is None or found.differing_rows == found.rows:
        return ""
    if not found.differing_rows:
        return "No row tells the models apart."
    return f"The models differ on {count_rows(found.differing_rows)}."


def describe_bound(found: Difference, metric: str, *, is_required: bool) -> str:
    """Say with which confidence the true difference is at least the bound."""
    least = "at most" if is_error(metric) else "at least"
    bound, required = (show_short(metric, each) for each in (found.bound, found.required))
    text = (
        f"With confidence {found.confidence:g}, the true difference, on all rows of this kind, "
        f"is {least} {bound}"
    )
    if is_required:
        text += f"; {least} {required} is required"
    if found.unseen_rows is None:
        return f"{text}."
    return (
        f"{text}. That is not certainty: of {found.rows} new rows, {found.unseen_rows} may be "
        "worse for the candidate."
    )


def describe_detectable(found: Difference, metric: str) -> str:
    """Say which differences these rows can show; nothing if no row tells the models apart."""
    if found.detectable is None:
        return ""
    more = "or less" if is_error(metric) else "or more"
    shown = show_short(metric, found.detectable)
    return f"{found.rows} rows can show a true difference of {shown} {more}, in 8 of 10 cases."


def describe_rows_to_show(found: Difference) -> str:
    """Say how many rows would show the difference that was found, unless these rows did."""
    if found.rows_to_show is None or found.is_sure or found.is_surely_worse:
        return ""
    return f"About {count_rows(found.rows_to_show)} would show the difference that was found."


def show_short(metric: str, difference: float) -> str:
    """Format a difference with its sign and three digits, as people see it."""
    return show_difference(metric, float(f"{difference:.3g}"))


_ROUNDED_ROWS = 1_000


def count_rows(rows: int) -> str:
    """Return a number of rows as text, rounded to two digits where it is large."""
    digits = max(0, len(str(rows)) - 2) if rows >= _ROUNDED_ROWS else 0
    shown = round(rows, -digits)
    return f"{shown:,} row{'' if rows == 1 else 's'}"
