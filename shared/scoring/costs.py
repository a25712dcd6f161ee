"""The costs of predictions: GATEKEEPER_COSTS, and its table for the classes of a model.

This module does not need scikit-learn, so every service can check its settings.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from shared.errors import SettingsError
from shared.inference.text_index import TextIndex, suggest_name
from shared.scoring.scorer_names import NEG_COST, is_for_regression

COSTS_VARIABLE = "GATEKEEPER_COSTS"
Costs: TypeAlias = Mapping[str, Mapping[str, float]]
"""A cost by true class and by predicted class."""
CostTable: TypeAlias = tuple[tuple[float, ...], ...]
"""A cost by the indices of the true class and of the predicted class."""
_HIGHEST = 1e12
_EXAMPLE = '{"sick": {"healthy": 50}, "healthy": {"sick": 1}}'
_EXPECTED = f"expected a JSON object of true classes, predicted classes and costs: {_EXAMPLE}"
COSTS_NEEDED = f"The metric {NEG_COST} needs {COSTS_VARIABLE}; {_EXPECTED}."
"""The error of a run, a start or a score by costs that are not set."""


def parse_costs(setting: str) -> dict[str, dict[str, float]] | None:
    """Return the costs in *setting*; None if it is empty.

    Raises SettingsError for anything but costs of 0 or more, and if all costs are 0.
    """
    if not setting.strip():
        return None
    try:
        found = json.loads(setting, object_pairs_hook=_require_unique)
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{COSTS_VARIABLE} is not JSON: {error}; {_EXPECTED}.") from error
    if not isinstance(found, dict) or not found:
        raise SettingsError(f"{COSTS_VARIABLE} is malformed: found {setting!r:.80}; {_EXPECTED}.")
    costs: dict[str, dict[str, float]] = {}
    for true, row in found.items():
        if not isinstance(row, dict):
            found_row = f"found {row!r:.80} for {true!r:.80}"
            raise SettingsError(f"{COSTS_VARIABLE} is malformed: {found_row}; {_EXPECTED}.")
        read = {predicted: _read_cost(true, predicted, row[predicted]) for predicted in row}
        # Right predictions cost nothing by default, so equal settings give equal documents.
        costs[true] = {name: cost for name, cost in read.items() if cost or name != true}
    if not any(cost for row in costs.values() for cost in row.values()):
        raise SettingsError(
            f"{COSTS_VARIABLE} has no cost above 0, so every model is equally good; {_EXPECTED}."
        )
    return costs


def _require_unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"the name {twice!r:.80} occurs twice")
    return dict(pairs)


def _read_cost(true: str, predicted: str, cost: Any) -> float:
    is_number = isinstance(cost, int | float) and not isinstance(cost, bool)
    if is_number and 0 <= cost <= _HIGHEST:
        return float(cost)
    remedy = f"expected a number from 0 to {_HIGHEST:.0e}"
    if is_number and cost < 0:
        remedy = "it is below 0, so add the same number to all costs of this true class"
    raise SettingsError(
        f"{COSTS_VARIABLE} has the cost {cost!r:.80} of predicting {predicted!r:.80} for a row of "
        f"the class {true!r:.80}; {remedy}."
    )


def require_costs(metric: str, costs: Costs | None) -> None:
    """Raise SettingsError if METRIC needs costs that are not set, or cannot use those that are."""
    if metric == NEG_COST and costs is None:
        raise SettingsError(COSTS_NEEDED)
    if costs is not None and is_for_regression(metric):
        raise SettingsError(
            f"{COSTS_VARIABLE} is for classes, but METRIC={metric} is for numbers. Leave it empty."
        )


def make_table(costs: Costs | None, classes: Sequence[str]) -> CostTable | None:
    """Return the cost of each pair of *classes*; None without costs.

    A right prediction costs 0 unless its cost is given.
    Raises SettingsError for a class that is not one of *classes*, and for a missing pair.
    """
    if costs is None:
        return None
    index = TextIndex(classes)
    table: list[list[float | None]] = [
        [0.0 if true == predicted else None for predicted in range(len(classes))]
        for true in range(len(classes))
    ]
    for true, row in costs.items():
        for predicted, cost in row.items():
            table[_find(index, true, classes)][_find(index, predicted, classes)] = cost
    for name, known in zip(classes, table, strict=True):
        if None in known:
            raise SettingsError(
                f"{COSTS_VARIABLE} has no cost of predicting {classes[known.index(None)]!r:.80} "
                f"for a row of the class {name!r:.80}. Add it; 0 is allowed."
            )
    return tuple(tuple(cost or 0.0 for cost in known) for known in table)


def _find(index: TextIndex, name: str, classes: Sequence[str]) -> int:
    place = index.find(name)
    if place is None:
        names = ", ".join(f"{each!r:.80}" for each in classes[:10])
        raise SettingsError(
            f"{COSTS_VARIABLE} names the class {name!r:.80}; the classes are {names}."
            f"{suggest_name(name, classes)}"
        )
    return place
