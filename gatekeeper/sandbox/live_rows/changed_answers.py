"""Find out how many answers to logged rows differ from production's, and where."""

from typing import Any

import numpy as np
import numpy.typing as npt

from gatekeeper.evidence.live_results import ChangedAnswers, ChangedSlice
from gatekeeper.sandbox.live_rows.answers_file import Answers
from gatekeeper.sandbox.live_rows.row_kinds import LiveTable, Mask, iterate_kinds
from gatekeeper.sandbox.schema_adapter import align_classes

CHANGED_DEVIATIONS = 0.1
"""The difference of two numbers that counts as a change, in deviations of production's answers to
the same rows; see `_measure_deviation`."""
_QUANTILES = ((0.25, 1.349), (0.1, 2.563), (0.01, 4.653))
"""The share that is cut off at each end, and the range of the rest of a normal distribution in
standard deviations."""
MOST_SLICES = 5
"""Number of slices that are kept: those where most answers change."""


def find_changes(
    table: LiveTable, challenger: Answers, champion: Answers, least_rows: int
) -> ChangedAnswers | None:
    """Compare both models' answers to the rows that both answered; None if there are none.

    A classifier's answer is changed if it names another class.
    """
    both = challenger.is_answered & champion.is_answered
    if not both.any():
        return None
    ours, theirs = challenger.select(both).values, champion.select(both).values
    smallest = None
    if champion.artefact.task == "classification":
        names = [*challenger.artefact.classes, *champion.artefact.classes]
        every = list(dict.fromkeys(names))
        ours, theirs = (
            align_classes(each.select(both), each.artefact.classes, every).values
            for each in (challenger, champion)
        )
        is_changed = ours != theirs
    else:
        with np.errstate(over="ignore", invalid="ignore"):
            smallest = CHANGED_DEVIATIONS * _measure_deviation(theirs)
            is_changed = (np.abs(ours - theirs) >= smallest) & (ours != theirs)
    changed = np.zeros(len(both), dtype=bool)
    changed[both] = is_changed
    found = ChangedAnswers(rows=int(both.sum()), changed=int(is_changed.sum()), smallest=smallest)
    slices = _find_slices(table, both, changed, least_rows, found.share) if found.changed else ()
    return found.model_copy(update={"slices": slices})


def _measure_deviation(answers: npt.NDArray[np.number[Any]]) -> float:
    """Return the deviation of *answers*, shape [rows], on which few outliers have no effect.

    It is the standard deviation, or the quartile range divided by 1.349 if that is smaller. If half
    of the answers are equal, a wider range replaces the quartile range.
    """
    deviation = np.std(answers)
    for share, width in _QUANTILES:
        low, high = np.quantile(answers, (share, 1 - share))
        if high > low:
            deviation = np.fmin(deviation, (high - low) / width)
            break
    return float(np.nan_to_num(deviation))


def _find_slices(
    table: LiveTable, both: Mask, changed: Mask, least_rows: int, share: float
) -> tuple[ChangedSlice, ...]:
    """Return the slices where most answers change, if these are more than of all rows."""
    found = []
    for kind, mask in iterate_kinds(table):
        rows = int((mask & both).sum())
        count = int((mask & changed).sum())
        if rows >= least_rows and count / rows > share:
            slice_ = ChangedSlice(kind=kind.model_copy(update={"rows": rows}), changed=count)
            found.append((count / rows, slice_))
    found.sort(key=lambda each: each[0], reverse=True)
    return tuple(each for _, each in found[:MOST_SLICES])
