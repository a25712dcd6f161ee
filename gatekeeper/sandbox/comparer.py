"""`python -m gatekeeper.sandbox.comparer PARENT`: compare two models' answers on the same rows.

It runs no model: it reads the holdout and what the scoring processes have written. As `scorer`
it is started ahead, answers one question and ends. `comparison` says what the lines hold.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gatekeeper.evidence.comparison_messages import (
    ClassRecall,
    ComparisonRequest,
    ComparisonResult,
    HoldoutResult,
    PairedScores,
    ScoreDifference,
    encode_comparison,
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


def compare(question: ComparisonRequest) -> ComparisonResult:
    """Compare; what keeps from it is in the answer."""
    try:
        return _compare(question)
    except MemoryError:
        return ComparisonResult(
            error=f"Comparing needs more than {question.memory_mib} MiB of memory. "
            "See GATEKEEPER_EVALUATION_MEMORY_MIB."
        )
    except ModelgateError as error:
        return ComparisonResult(error=str(error))
    except (OSError, ValueError) as error:  # a file of answers was tampered with
        return ComparisonResult(error=f"The answers on the holdout cannot be read: {error}")


def _compare(question: ComparisonRequest) -> ComparisonResult:
    artefact = read_artefact(Path(question.model_directory), question.digest)
    data = read_verified(Path(question.holdout_directory), question.holdout)
    holdout = decode_holdout(data, artefact, question.holdout_path)
    rows = len(holdout.target)
    files = [file for file in (question.challenger, question.champion) if file is not None]
    answers = [read_predictions(Path(file), rows, artefact) for file in files]
    seen, mask = find_seen_rows(rows, question.challenger_rows, question.champion_rows)
    found = ComparisonResult(
        challenger=_on_holdout(question, answers[0], holdout, artefact), seen=seen
    )
    if mask.all():
        return found
    if mask.any():
        holdout = Holdout(holdout.rows[~mask], holdout.target[~mask])
        answers = [select_rows(~mask, each) for each in answers]
    slices = score_slices(question.slicing, holdout, artefact, question.metric, answers)
    found = found.model_copy(update={"slices": slices})
    classes = len(artefact.classes)
    scores = [score_or_none(question.metric, holdout.target, each, classes) for each in answers]
    if question.champion is None or scores[0] is None or scores[1] is None:
        return found
    compared = PairedScores(rows=len(holdout.target), challenger=scores[0], champion=scores[1])
    return _resampled(question, found.model_copy(update={"compared": compared}), holdout, answers)


def _resampled(
    question: ComparisonRequest,
    found: ComparisonResult,
    holdout: Holdout,
    answers: Sequence[Predictions],
) -> ComparisonResult:
    """What is *found* of both models, and how far their difference may be chance."""
    challenger, compared = found.challenger, found.compared
    assert challenger is not None  # noqa: S101 - both were scored
    assert compared is not None  # noqa: S101 - as above
    drawn = score_differences(
        question.metric,
        holdout.target,
        *answers,
        classes=len(challenger.recalls),
        seed=int(question.holdout.sha256[:16], 16),
        seconds=question.seconds,
    )
    if len(drawn) < MIN_RESAMPLES // 2:
        error = (
            f"{question.metric} can be computed in only {len(drawn)} resamples of these "
            f"{compared.rows} rows: the holdout is too small for it."
        )
        return found.model_copy(update={"error": error})
    low, high = np.quantile(drawn, ((1 - question.confidence) / 2, (1 + question.confidence) / 2))
    difference = ScoreDifference(
        difference=compared.challenger - compared.champion,
        low=float(low),
        high=float(high),
        confidence=question.confidence,
        probability=fraction_reaching(drawn, question.required),
        resamples=len(drawn),
    )
    return found.model_copy(update={"difference": difference})


def _on_holdout(
    question: ComparisonRequest, predictions: Predictions, holdout: Holdout, artefact: Artefact
) -> HoldoutResult:
    """What one model's answers say alone."""
    classes = len(artefact.classes)
    return HoldoutResult(
        score=scorers.score(question.metric, holdout.target, predictions, classes),
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


def main() -> None:
    """Serve one question, if one comes."""
    serve_one_request(ComparisonRequest, lambda question: encode_comparison(compare(question)))


if __name__ == "__main__":
    main()
