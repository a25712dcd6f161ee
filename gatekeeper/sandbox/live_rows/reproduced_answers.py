"""Compare production's logged answers with those that its model gives now."""

from collections.abc import Collection, Sequence
from contextlib import suppress

import numpy as np
import numpy.typing as npt

from gatekeeper.evidence.live_results import ReproducedAnswers
from gatekeeper.sandbox.live_rows.answers_file import Answers
from shared.inference.golden_rows import TOLERANCE
from shared.prediction_log.logged_row import LoggedRow


def count_reproduced(
    rows: Sequence[LoggedRow], versions: Collection[int], champion: Answers
) -> ReproducedAnswers | None:
    """Count the answers of *versions* that the *champion*, their model, reproduces.

    Processors differ in the last bits of a sum, so an answer is also the same within the tolerance
    of golden rows. Return None if the champion answered no such row.
    """
    own = [row.version in versions for row in rows]
    mask = np.array(own, dtype=bool) & champion.is_answered
    if not mask.any():
        return None
    logged = _read_logged([rows[index] for index in np.flatnonzero(mask).tolist()], champion)
    now = champion.table[mask]
    is_exact = ((logged == now) | (np.isnan(logged) & np.isnan(now))).all(axis=1)
    is_close = np.isclose(logged, now, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)
    if champion.artefact.task == "classification":
        is_close[:, 0] = logged[:, 0] == now[:, 0]
    return ReproducedAnswers(
        rows=len(now), reproduced=int(is_close.all(axis=1).sum()), exact=int(is_exact.sum())
    )


def _read_logged(rows: Sequence[LoggedRow], champion: Answers) -> npt.NDArray[np.float64]:
    """Return the logged answers in the form of the champion's, shape [n, 1 + classes]."""
    classes = champion.artefact.classes
    found = np.full((len(rows), 1 + len(classes)), np.nan)
    for index, row in enumerate(rows):
        answer = row.answer
        with suppress(OverflowError):  # no float64 has this whole number
            found[index, 0] = answer.prediction
        if answer.probabilities is not None:
            found[index, 1:] = [answer.probabilities.get(name, np.nan) for name in classes]
    return found
