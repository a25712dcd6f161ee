"""`python -m gatekeeper.sandbox.comparer PARENT`: compare two models on the same rows.

This process runs no model. It reads the holdout and the predictions of the scoring processes. Its
messages are in `gatekeeper.evidence.comparison_messages`.
"""

import sys
from collections.abc import Sequence

import numpy as np

from gatekeeper.evidence.comparison_messages import (
    ComparisonRequest,
    ComparisonResult,
    HoldoutResult,
    PairedScores,
)
from gatekeeper.evidence.further_scores import Calibration, Luck
from gatekeeper.sandbox.child_main import Observer, observe_nothing, serve_one_request
from gatekeeper.sandbox.guards import score_guards
from gatekeeper.sandbox.pinned_scores import score_pinned
from gatekeeper.sandbox.predictions_io import are_constant, read_predictions
from gatekeeper.sandbox.recalls import class_recalls
from gatekeeper.sandbox.score_difference import Requirement, measure_difference
from gatekeeper.sandbox.seen_rows import find_seen_rows
from gatekeeper.sandbox.slices import score_or_none, score_slices, select_rows
from gatekeeper.statistics.calibration import measure_calibration
from gatekeeper.statistics.luck import allow_for_luck, expect_best, explain_lead
from gatekeeper.statistics.paired_bootstrap import MIN_RESAMPLES, score_differences
from gatekeeper.statistics.row_groups import RowGroups
from shared.contract.documents import Artefact
from shared.errors import ModelgateError, SettingsError
from shared.inference.servable import Predictions
from shared.scoring import scorers
from shared.scoring.costs import CostTable, make_table
from shared.scoring.holdout_file import Holdout, decode_holdout
from shared.scoring.truth import Truth
from shared.store.models import read_artefact
from shared.store.verified_read import read_verified


def compare(request: ComparisonRequest, observe: Observer = observe_nothing) -> ComparisonResult:
    """Compare both models; report an error in the result.

    *observe* gets the resamples of the score difference that are drawn, and all of them.
    """
    try:
        return _compare(request, observe)
    except MemoryError:
        return ComparisonResult(
            error=f"The comparison needs more than {request.memory_mib} MiB of memory. "
            "See GATEKEEPER_EVALUATION_MEMORY_MIB."
        )
    except ModelgateError as error:
        return ComparisonResult(error=str(error))
    except (OSError, ValueError) as error:  # a file of predictions was changed
        return ComparisonResult(error=f"The predictions on the holdout cannot be read: {error}")


def _compare(request: ComparisonRequest, observe: Observer) -> ComparisonResult:
    artefact = read_artefact(request.schema_directory, request.schema_digest)
    data = read_verified(request.holdout_directory, request.holdout)
    holdout = decode_holdout(data, artefact, request.holdout_path)
    rows = len(holdout.target)
    files = [file for file in (request.challenger, request.champion) if file is not None]
    predictions = [read_predictions(file, rows, artefact) for file in files]
    seen, mask, hashes = find_seen_rows(request, holdout)
    costs = _find_costs(request, artefact)
    keys = hashes.holdout if hashes is not None and request.has_keys else None
    groups = None if keys is None else RowGroups.find(keys)
    found = ComparisonResult(
        challenger=_describe(request, predictions[0], holdout, artefact, groups),
        seen=seen,
        kept_columns=tuple(c.name for c in holdout.kept.columns) if holdout.kept else (),
        pinned=score_pinned(request, holdout, artefact, predictions[0], hashes=hashes, costs=costs),
    )
    if mask.all():
        return found
    if mask.any():
        holdout = holdout.select(~mask)
        predictions = [select_rows(~mask, each) for each in predictions]
        groups = None if keys is None else RowGroups.find(keys[~mask])
    slices, unjudged = score_slices(
        request.slicing,
        holdout,
        artefact,
        request.metric,
        predictions,
        costs=costs,
        has_groups=groups is not None,
    )
    found = found.model_copy(update={"slices": slices, "unjudged": unjudged})
    classes = len(artefact.classes)
    if request.guards:
        guards = score_guards(request.guards, holdout.target, predictions, classes, costs)
        found = found.model_copy(update={"guards": guards})
    scores = [
        score_or_none(request.metric, holdout.target, each, classes, costs) for each in predictions
    ]
    if request.champion is None or scores[0] is None or scores[1] is None:
        return found
    compared = PairedScores(
        rows=len(holdout.target),
        challenger=scores[0],
        champion=scores[1],
        class_rows=count_classes(holdout.target, classes),
    )
    found = found.model_copy(update={"compared": compared})
    return _add_difference(
        request, found, holdout, predictions, costs, groups=groups, observe=observe
    )


def _find_costs(request: ComparisonRequest, artefact: Artefact) -> CostTable | None:
    """Return the costs of the artefact's classes; None if they are of others, which is a check."""
    try:
        return make_table(request.costs, artefact.classes)
    except SettingsError:
        return None


def _add_difference(
    request: ComparisonRequest,
    found: ComparisonResult,
    holdout: Holdout,
    predictions: Sequence[Predictions],
    costs: CostTable | None,
    *,
    groups: RowGroups | None,
    observe: Observer,
) -> ComparisonResult:
    """Add how sure the score difference is to the result *found*."""
    challenger, compared = found.challenger, found.compared
    assert challenger is not None  # noqa: S101 - both were scored
    assert compared is not None  # noqa: S101 - as above
    drawn = score_differences(
        request.metric,
        holdout.target,
        *predictions,
        classes=len(challenger.recalls),
        seed=int(request.holdout.sha256[:16], 16),
        seconds=request.seconds,
        costs=costs,
        groups=groups,
        observe=observe,
    )
    if len(drawn) < MIN_RESAMPLES // 2:
        error = (
            f"The holdout is too small: {request.metric} can be computed in only {len(drawn)} "
            f"resamples of its {compared.rows} rows."
        )
        return found.model_copy(update={"error": error})
    luck = _find_luck(request, found, compared.rows, float(drawn.std()))
    required = request.required - (luck.allowance if luck else 0.0)
    classes = len(challenger.recalls)
    difference = measure_difference(
        Requirement(
            request.metric, required, request.confidence, request.challenger == request.champion
        ),
        compared,
        drawn,
        holdout.target,
        predictions,
        classes=classes,
        costs=costs,
        groups=groups,
    )
    return found.model_copy(update={"difference": difference, "luck": luck})


def _find_luck(
    request: ComparisonRequest, found: ComparisonResult, rows: int, sd: float
) -> Luck | None:
    """Estimate the champion's luck on *rows* compared rows; None if their history is unknown."""
    history, lead = request.history, request.validation
    reused = found.seen.reused if found.seen else None
    if request.has_champions_holdout:
        reused = rows
    if history is None or reused is None:
        return None
    share, allowance = reused / rows, 0.0
    if lead is not None:
        extra = max(expect_best(lead.trials) - expect_best(lead.champion_trials), 0.0)
        allowance = allow_for_luck(lead.difference, extra, history.models, sd, share)
    explained = explain_lead(history.lead, history.models, sd, share)
    return Luck(reused=reused, explained=explained, allowance=allowance)


def _describe(
    request: ComparisonRequest,
    predictions: Predictions,
    holdout: Holdout,
    artefact: Artefact,
    groups: RowGroups | None,
) -> HoldoutResult:
    """Describe one model's predictions without the other model."""
    classes = len(artefact.classes)
    return HoldoutResult(
        score=scorers.score(
            request.metric, holdout.target, predictions, classes, _find_costs(request, artefact)
        ),
        rows=len(holdout.target),
        predictions_vary=not are_constant(predictions)
        or bool((holdout.target == holdout.target[0]).all()),
        recalls=class_recalls(holdout.target, predictions, artefact.classes, groups),
        calibration=_measure_calibration(request, predictions, holdout, groups),
    )


def _measure_calibration(
    request: ComparisonRequest,
    predictions: Predictions,
    holdout: Holdout,
    groups: RowGroups | None,
) -> Calibration | None:
    if predictions.probabilities is None:
        return None
    seed = int(request.holdout.sha256[:16], 16)
    found = measure_calibration(holdout.target, predictions, request.confidence, seed, groups)
    keys = groups.count if groups else None
    return Calibration(**vars(found), confidence=request.confidence, keys=keys)


def count_classes(truth: Truth, classes: int) -> tuple[int, ...]:
    """Return the rows of each class; empty for a regression."""
    if not classes:
        return ()
    return tuple(np.bincount(truth.astype(np.intp), minlength=classes).tolist())


def main(parent: int) -> None:
    """Serve the one request of this process, whose parent is *parent*."""
    serve_one_request(ComparisonRequest, compare, parent)


if __name__ == "__main__":
    main(int(sys.argv[1]))
