"""Find features that name groups of rows, such as a patient, by what their values tell.

Rows with one value have one target. Rows with the next larger value do not, so the column is not
a measurement. A model looks up such values and cannot answer for new ones. A weaker effect is
enough if the name of the column is that of persons or things.
"""

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shared.contract.documents import Feature, Task
from shared.scoring.truth import Truth
from trainer.split_checks.agreement import Agreement, measure_agreement
from trainer.split_checks.row_space import Indices

MIN_GROUPS = 20
_FEWEST_ROWS, _MOST_ROWS = 2.0, 200.0
"""Limits of the mean rows of a value. A model can learn the effect of values with more."""
_SAME, _GAIN = 0.9, 0.5
"""The agreement of rows with one value, and its excess over that of rows with the next value."""
_NAMED_SAME, _NAMED_GAIN = 0.3, 0.25
"""As above, for a column whose name is that of persons or things with several rows each."""
_ROWS_TO_VALUES = 25
"""Number of rows that are looked at in a large table, for each row that chooses a value."""
_NAME = re.compile(
    r"(.*[ _.-])?(patient|person|subject|participant|customer|client|user|member|student|employee"
    r"|household|family|device|machine|sensor|account|player|donor|animal)"
    r"([ _.-]?(id|nr|no|num|number|key|code))?\.?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class GroupColumn:
    """A column whose values name groups of rows."""

    name: str
    values: int
    rows: float
    """Mean rows of a value."""
    same: Agreement
    others: Agreement
    is_named: bool
    """Whether its name is that of persons or things with several rows each."""


def choose_group_rows(
    column: npt.NDArray[np.float64], most: int, random: np.random.Generator
) -> Indices:
    """Return at most about *most* rows: all rows of some values.

    A sample of rows would have few rows of each value.
    """
    if len(column) <= most:
        return np.arange(len(column))
    some = column[random.choice(len(column), most // _ROWS_TO_VALUES, replace=False)]
    values = random.permutation(np.unique(some[~np.isnan(some)]))
    rows = np.flatnonzero(np.isin(column, values))
    if len(rows) > most:
        fewer = max(MIN_GROUPS, len(values) * most // len(rows))
        rows = np.flatnonzero(np.isin(column, values[:fewer]))
    return rows


def judge_column(
    feature: Feature, column: npt.NDArray[np.float64], target: Truth, task: Task
) -> GroupColumn | None:
    """Return what *column* shows if its values name groups of rows; otherwise None.

    A boolean has too few values.
    """
    order = np.argsort(column, kind="stable")
    order = order[: len(order) - np.count_nonzero(np.isnan(column))]
    values, truth = column[order], target[order]
    starts: Indices = np.flatnonzero(np.diff(values, prepend=-np.inf) > 0)
    if len(starts) < MIN_GROUPS:
        return None
    mean = len(values) / len(starts)
    if not _FEWEST_ROWS <= mean <= _MOST_ROWS:
        return None
    ends = np.append(starts[1:], len(values))
    group = np.repeat(np.arange(len(starts)), ends - starts)
    has_mate = (ends - starts)[group] > 1
    if len(np.unique(group[has_mate])) < MIN_GROUPS:
        return None
    mates = _find_mates(starts, ends, group)[has_mate]
    same = measure_agreement(task, truth[has_mate], truth[mates][:, None], truth)
    is_named = _NAME.fullmatch(feature.name) is not None
    least, gain = (_NAMED_SAME, _NAMED_GAIN) if is_named else (_SAME, _GAIN)
    if same.value < least:
        return None
    step = 1 if feature.type == "number" else len(starts) // 2
    theirs = starts[(group[has_mate] + step) % len(starts)]
    others = measure_agreement(task, truth[has_mate], truth[theirs][:, None], truth)
    if same.value - others.value < gain:
        return None
    return GroupColumn(feature.name, len(starts), mean, same, others, is_named)


def _find_mates(starts: Indices, ends: Indices, group: Indices) -> Indices:
    """Return another row of the same group for each row; a row of a group of one has itself."""
    following = np.arange(1, len(group) + 1)
    return np.where(following == ends[group], starts[group], following)
