"""`python -m gatekeeper.sandbox.comparer PARENT`: compare two models on the same rows.

This process runs no model. It reads the holdout and the predictions of the scoring processes. Its
messages are in `gatekeeper.evidence.comparison_messages`.
"""

from collections.abc import Sequence

import numpy as np

from gatekeeper.evidence.comparison_messages import (
    ClassRecall,
    ComparisonRequest,
    ComparisonResult,
    HoldoutResult,
    PairedScores,
    ScoreDifference,
)
from gatekeeper.sandbox.child_main import serve_one_request
from gatekeeper.sandbox.predictions_io import are_constant, read_predictions
from gatekeeper.sandbox.seen_rows import find_seen_rows
from gatekeeper.sandbox.slices import score_or_none, score_slices, select_rows
from gatekeeper.statistics.paired_bootstrap import (
    MIN_RESAMPLES,
    fraction_reaching,
    score_differences,
)
from shared.contract.documents import Artefact
from shared.errors import ModelgateError
from shared.inference.servable import Predictions
from shared.scoring import scorers
from shared.scoring.holdout_file import Holdout, decode_holdout
from shared.scoring.scorers import Truth
from shared.store.models import read_artefact
from shared.store.verified_read import read_verified


def compare(request: ComparisonRequest) -> ComparisonResult:
    """Compare both models; report an error in the result."""
    try:
        return _compare(request)
    except MemoryError:
        return ComparisonResult(
            error=f"The comparison needs more than {request.memory_mib} MiB of memory. "
            "See GATEKEEPER_EVALUATION_MEMORY_MIB."
        )
    except ModelgateError as error:
        return ComparisonResult(error=str(error))
    except (OSError, ValueError) as error:  # a file of predictions was changed
        return ComparisonResult(error=f"The predictions on the holdout cannot be read: {error}")


def _compare(request: ComparisonRequest) -> ComparisonResult:
    artefact = read_artefact(request.schema_directory, request.schema_digest)
    data = read_verified(request.holdout_directory, request.holdout)
    holdout = decode_holdout(data, artefact, request.holdout_path)
    rows = len(holdout.target)
    files = [file for file in (request.challenger, request.champion) if file is not None]
    predictions = [read_predictions(file, rows, artefact) for file in files]
    seen, mask = find_seen_rows(request, holdout)
    found = ComparisonResult(
        challenger=_describe(request, predictions[0], holdout, artefact), seen=seen
    )
    if mask.all():
        return found
    if mask.any():
        holdout = holdout.select(~mask)
        predictions = [select_rows(~mask, each) for each in predictions]
    slices = score_slices(request.slicing, holdout, artefact, request.metric, predictions)
    found = found.model_copy(update={"slices": slices})
    classes = len(artefact.classes)
    scores = [score_or_none(request.metric, holdout.target, each, classes) for each in predictions]
    if request.champion is None or scores[0] is None or scores[1] is None:
        return found
    compared = PairedScores(rows=len(holdout.target), challenger=scores[0], champion=scores[1])
    found = found.model_copy(update={"compared": compared})
    return _add_difference(request, found, holdout, predictions)


def _add_difference(
    request: ComparisonRequest,
    found: ComparisonResult,
    holdout: Holdout,
    predictions: Sequence[Predictions],
) -> ComparisonResult:
    """Add the bootstrap interval of the score difference to the result *found*."""
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
    )
    if len(drawn) < MIN_RESAMPLES // 2:
        error = (
            f"The holdout is too small: {request.metric} can be computed in only {len(drawn)} "
            f"resamples of its {compared.rows} rows."
        )
        return found.model_copy(update={"error": error})
    low, high = np.quantile(drawn, ((1 - request.confidence) / 2, (1 + request.confidence) / 2))
    difference = ScoreDifference(
        difference=compared.challenger - compared.champion,
        low=float(low),
        high=float(high),
        confidence=request.confidence,
        probability=fraction_reaching(drawn, request.required),
        resamples=len(drawn),
    )
    return found.model_copy(update={"difference": difference})


def _describe(
    request: ComparisonRequest, predictions: Predictions, holdout: Holdout, artefact: Artefact
) -> HoldoutResult:
    """Describe one model's predictions without the other model."""
    classes = len(artefact.classes)
    return HoldoutResult(
        score=scorers.score(request.metric, holdout.target, predictions, classes),
        rows=len(holdout.target),
        predictions_vary=not are_constant(predictions)
        or bool((holdout.target == holdout.target[0]).all()),
        recalls=class_recalls(holdout.target, predictions, artefact.classes),
    )


def class_recalls(
    truth: Truth, predictions: Predictions, classes: tuple[str, ...]
) -> tuple[ClassRecall, ...]:
    """Compute the recall of each of *classes*, in their order; empty for a regression."""
    if not classes:
        return ()
    indices = truth.astype(np.intp)
    rows = np.bincount(indices, minlength=len(classes))
    found = np.bincount(indices[predictions.values == truth], minlength=len(classes))
    return tuple(
        ClassRecall(name=name, rows=int(n), recall=float(right / n) if n else None)
        for name, n, right in zip(classes, rows, found, strict=True)
    )


if __name__ == "__main__":
    serve_one_request(ComparisonRequest, compare)
