"""Refuse limits that mean nothing: no model can reach them, or every model passes them.

The sentence shows the likely meaning, such as 0.85 for an accuracy of 85 percent.
"""

import math
from collections.abc import Callable
from typing import NoReturn

from gatekeeper.policy.terms.gate_policy import GateSettings
from shared.errors import SettingsError
from shared.likely_values import find_likely_value, format_number
from shared.scoring.score_ranges import score_range, useful_range
from shared.scoring.scorer_names import is_for_regression

_LEAST_FLOOR = 0.1
"""The least floor that is guessed for a score: 5 is as likely a lost point, 0.5, as 5 percent."""


def require_useful_limits(
    metric: str, gate: GateSettings, evaluation_seconds: float, evaluation_memory_mib: int
) -> None:
    """Raise SettingsError for the first limit that means nothing for *metric*."""
    _check_floor(metric, gate.floor)
    _check_recall_floor(metric, gate.recall_floor)
    _check_difference(metric, "MIN_IMPROVEMENT", gate.min_improvement, is_drop=False)
    _check_difference(metric, "SLICE_DROP", gate.slice_drop, is_drop=True)
    _check_slices(gate)
    seconds, mib = evaluation_seconds, evaluation_memory_mib
    _check_budget("MAX_LOAD_SECONDS", gate.max_load_seconds, "EVALUATION_SECONDS", seconds, 1)
    _check_budget("MAX_P95_MS", gate.max_p95_ms, "EVALUATION_SECONDS", seconds, 1000)
    _check_budget("MAX_MEMORY_MIB", gate.max_memory_mib, "EVALUATION_MEMORY_MIB", mib, 1)
    _check_budget("MAX_SIZE_MIB", gate.max_size_mib, "EVALUATION_MEMORY_MIB", mib, 1)


def _check_floor(metric: str, floor: float | None) -> None:
    lowest, highest = score_range(metric)
    useful = useful_range(metric) or (lowest, highest)
    is_like_constant = floor is not None and lowest < floor < 0 and floor <= useful[0]
    if floor is None or (lowest < floor <= highest and not is_like_constant):
        return
    if floor > highest:
        what = f"can never be reached, because {metric} is at most {format_number(highest)}"
    elif is_like_constant:
        what = "lets models pass that predict the same for every row"
    else:
        what = f"lets every model pass, because {metric} is at least {format_number(lowest)}"
    _refuse(
        "FLOOR",
        floor,
        what,
        lambda value: useful[0] < value < useful[1] and not 0 < value < _LEAST_FLOOR,
        "set the score that a model must reach, or leave it empty",
    )


def _check_recall_floor(metric: str, floor: float | None) -> None:
    if floor is not None and is_for_regression(metric):
        what = f"limits nothing, because METRIC={metric} is for numbers, which have no recall"
        _refuse("RECALL_FLOOR", floor, what, None, "leave it empty")
    if floor == 0:
        what = "lets every model pass, because a recall is at least 0"
        _refuse("RECALL_FLOOR", floor, what, None, "set a recall such as 0.5, or leave it empty")


def _check_difference(metric: str, name: str, value: float, *, is_drop: bool) -> None:
    useful = useful_range(metric)
    width = useful[1] - useful[0] if useful else math.inf
    because = ""
    if useful:
        low, high = map(format_number, useful)
        because = f", because useful scores of {metric} are between {low} and {high}"
    if is_drop and value < 0:
        what = "is negative, but the size of a drop is 0 or more"
    elif abs(value) < width:
        return
    elif is_drop or value < 0:
        what = f"lets every drop pass{because}"
    else:
        what = f"can never be reached{because}"
    sign = 1.0 if is_drop else math.copysign(1.0, value)
    remedy = f"set a difference of two scores of {metric}"
    _refuse(name, value, what, lambda likely: 0 < likely * sign < width, remedy)


def _check_slices(gate: GateSettings) -> None:
    for name in ("slice_drop", "slice_rows"):
        if name in gate.model_fields_set and not gate.slice_columns:
            _refuse(
                name.upper(),
                getattr(gate, name),
                "limits nothing, because GATEKEEPER_SLICES names no feature",
                None,
                "set GATEKEEPER_SLICES, or leave both empty",
            )


def _check_budget(name: str, limit: float | None, budget: str, size: float, factor: float) -> None:
    if limit is None or limit < size * factor:
        return
    what = f"lets every model pass, because it is not below GATEKEEPER_{budget}="
    what += format_number(size)
    remedy = f"set it lower, or GATEKEEPER_{budget} higher"
    least = 1.0 if name.endswith("_MIB") else 0.0
    _refuse(name, limit, what, lambda value: least < value < size * factor, remedy)


def _refuse(
    name: str, value: float, what: str, is_allowed: Callable[[float], bool] | None, remedy: str
) -> NoReturn:
    """Raise SettingsError with the likely meaning, otherwise with *remedy*."""
    variable = f"GATEKEEPER_{name}"
    likely = is_allowed and find_likely_value(
        variable, format_number(value), is_allowed, is_fraction=True
    )
    hint = f"did you mean {variable}={format_number(likely)}?" if likely else f"{remedy}."
    raise SettingsError(f"{variable}={format_number(value)} {what}; {hint}")
