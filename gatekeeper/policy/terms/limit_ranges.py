"""Refuse limits that mean nothing: no model can reach them, or every model passes them.

The sentence shows the likely meaning, such as 0.85 for an accuracy of 85 percent.
"""

import math
from collections.abc import Callable
from typing import NoReturn

from gatekeeper.policy.terms.gate_policy import GateSettings
from gatekeeper.policy.terms.guard_list import require_useful_guards
from shared.errors import SettingsError
from shared.likely_values import find_likely_value, format_number
from shared.metric_text import is_error
from shared.scoring.score_ranges import score_range, useful_range
from shared.scoring.scorer_names import is_for_regression

_LEAST_FLOOR = 0.1
"""The least floor that is guessed for a score: 5 is as likely a lost point, 0.5, as 5 percent."""


def require_useful_limits(
    metric: str, gate: GateSettings, evaluation_seconds: float, evaluation_memory_mib: int
) -> None:
    """Raise SettingsError for the first limit that means nothing for *metric*."""
    _check_floor(metric, "FLOOR", gate.floor)
    _check_floor(metric, "SLICE_FLOOR", gate.slice_floor)
    _check_recall_floor(metric, gate.recall_floor)
    _check_class_rows(metric, gate.min_class_rows)
    _check_difference(metric, "MIN_IMPROVEMENT", gate.min_improvement, is_drop=False)
    _check_difference(metric, "SLICE_DROP", gate.slice_drop, is_drop=True)
    if gate.slice_gap is not None:
        _check_difference(metric, "SLICE_GAP", gate.slice_gap, is_drop=True)
    _check_slices(metric, gate)
    _check_total_drop(metric, gate)
    require_useful_guards(metric, gate.guard_limits, are_required=gate.require_guards)
    _check_calibration(metric, gate.max_calibration_error)
    seconds, mib = evaluation_seconds, evaluation_memory_mib
    _check_live_rows(gate)
    _check_budget("MAX_LOAD_SECONDS", gate.max_load_seconds, "EVALUATION_SECONDS", seconds, 1)
    _check_budget("MAX_P95_MS", gate.max_p95_ms, "EVALUATION_SECONDS", seconds, 1000)
    _check_budget("MAX_MEMORY_MIB", gate.max_memory_mib, "EVALUATION_MEMORY_MIB", mib, 1)
    _check_budget("MAX_SIZE_MIB", gate.max_size_mib, "EVALUATION_MEMORY_MIB", mib, 1)


def _check_floor(metric: str, name: str, floor: float | None) -> None:
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
        name,
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


def _check_class_rows(metric: str, rows: int) -> None:
    if rows and is_for_regression(metric):
        what = f"limits nothing, because METRIC={metric} is for numbers, which have no classes"
        _refuse("MIN_CLASS_ROWS", rows, what, None, "leave it empty")


def _check_calibration(metric: str, limit: float | None) -> None:
    if limit is not None and is_for_regression(metric):
        what = f"limits nothing, because METRIC={metric} is for numbers, without probabilities"
        _refuse("MAX_CALIBRATION_ERROR", limit, what, None, "leave it empty")


def _check_difference(metric: str, name: str, value: float, *, is_drop: bool) -> None:
    useful = useful_range(metric)
    width = useful[1] - useful[0] if useful else math.inf
    because, noun = "", "gap" if name == "SLICE_GAP" else "drop"
    if useful:
        low, high = map(format_number, useful)
        because = f", because useful scores of {metric} are between {low} and {high}"
    if is_drop and value < 0:
        what = f"is negative, but the size of a {noun} is 0 or more"
    elif abs(value) < width:
        return
    elif is_drop or value < 0:
        what = f"lets every {noun} pass{because}"
    else:
        what = f"can never be reached{because}"
    sign = 1.0 if is_drop else math.copysign(1.0, value)
    remedy = f"set a difference of two scores of {metric}"
    _refuse(name, value, what, lambda likely: 0 < likely * sign < width, remedy)


def _check_slices(metric: str, gate: GateSettings) -> None:
    limits = {
        "slice_drop": gate.slice_drop if "slice_drop" in gate.model_fields_set else None,
        "slice_rows": gate.slice_rows if "slice_rows" in gate.model_fields_set else None,
        "slice_floor": gate.slice_floor,
        "slice_gap": gate.slice_gap,
        "slice_required": "true" if gate.slice_required else None,
    }
    for name, limit in limits.items():
        if limit is not None and not gate.slice_columns:
            what = "limits nothing, because GATEKEEPER_SLICES names no column"
            _refuse(name.upper(), limit, what, None, "set GATEKEEPER_SLICES, or leave both empty")
    if gate.slice_columns and is_error(metric) and limits["slice_drop"] is None:
        raise SettingsError(
            f"GATEKEEPER_SLICES needs GATEKEEPER_SLICE_DROP, because METRIC={metric} is an error, "
            f"for which the usual {gate.slice_drop:g} may be much or nothing. Set "
            "GATEKEEPER_SLICE_DROP to the amount by which the error on a slice may rise above "
            "production's."
        )


def _check_total_drop(metric: str, gate: GateSettings) -> None:
    if gate.max_total_drop is not None:
        _check_difference(metric, "MAX_TOTAL_DROP", gate.max_total_drop, is_drop=True)
    elif gate.pinned_version is not None:
        _refuse(
            "PINNED_VERSION",
            gate.pinned_version,
            "limits nothing, because GATEKEEPER_MAX_TOTAL_DROP is not set",
            None,
            "set GATEKEEPER_MAX_TOTAL_DROP, or leave both empty",
        )


def _check_live_rows(gate: GateSettings) -> None:
    limits = {
        "MAX_CHANGED_ANSWERS": gate.max_changed_answers,
        "LIVE_HOLDOUT": "true" if gate.live_holdout else None,
    }
    for name, limit in limits.items():
        if limit is not None and not gate.replay_rows:
            what = "limits nothing, because GATEKEEPER_REPLAY_ROWS=0 replays no row"
            _refuse(name, limit, what, None, "set GATEKEEPER_REPLAY_ROWS, or leave both empty")
    if gate.max_changed_answers == 1:
        what = "lets every model pass, because a share is at most 1"
        _refuse("MAX_CHANGED_ANSWERS", 1, what, None, "set a share such as 0.1, or leave it empty")


def _check_budget(name: str, limit: float | None, budget: str, size: float, factor: float) -> None:
    if limit is None or limit < size * factor:
        return
    what = f"lets every model pass, because it is not below GATEKEEPER_{budget}="
    what += format_number(size)
    remedy = f"set it lower, or GATEKEEPER_{budget} higher"
    least = 1.0 if name.endswith("_MIB") else 0.0
    _refuse(name, limit, what, lambda value: least < value < size * factor, remedy)


def _refuse(
    name: str,
    value: float | str,
    what: str,
    is_allowed: Callable[[float], bool] | None,
    remedy: str,
) -> NoReturn:
    """Raise SettingsError with the likely meaning, otherwise with *remedy*."""
    variable = f"GATEKEEPER_{name}"
    shown = value if isinstance(value, str) else format_number(value)
    likely = is_allowed and find_likely_value(variable, shown, is_allowed, is_fraction=True)
    hint = f"did you mean {variable}={format_number(likely)}?" if likely else f"{remedy}."
    raise SettingsError(f"{variable}={shown} {what}; {hint}")
