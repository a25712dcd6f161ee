"""Score the challenger and the pinned version on the same rows, which neither has seen."""

import numpy as np

from gatekeeper.evidence.comparison_messages import ComparisonRequest
from gatekeeper.evidence.pinned_scores import PinnedScores
from gatekeeper.sandbox.predictions_io import read_predictions
from gatekeeper.sandbox.seen_rows import find_rows_of_pinned
from gatekeeper.sandbox.slices import score_or_none, select_rows
from shared.contract.documents import Artefact
from shared.inference.servable import Predictions
from shared.scoring.costs import CostTable
from shared.scoring.holdout_file import Holdout
from shared.scoring.row_hash_file import RowHashes


def score_pinned(
    request: ComparisonRequest,
    holdout: Holdout,
    artefact: Artefact,
    challenger: Predictions,
    *,
    hashes: RowHashes | None,
    costs: CostTable | None = None,
) -> PinnedScores | None:
    """Return both scores; None if the pinned version has no predictions.

    *hashes* are those of the challenger's rows.
    """
    if request.pinned is None:
        return None
    rows = len(holdout.target)
    pinned = read_predictions(request.pinned, rows, artefact)
    seen = find_rows_of_pinned(request, holdout, hashes)
    mask = np.full(rows, fill_value=True) if seen is None else ~seen
    scores = [
        score_or_none(
            request.metric,
            holdout.target[mask],
            select_rows(mask, each),
            len(artefact.classes),
            costs,
        )
        if mask.any()
        else None
        for each in (challenger, pinned)
    ]
    return PinnedScores(
        rows=int(mask.sum()),
        challenger=scores[0],
        pinned=scores[1],
        seen=None if seen is None else int(seen.sum()),
    )
