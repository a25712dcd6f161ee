"""Score both models on the logged rows with a label that neither was fitted on."""

import numpy as np

from gatekeeper.evidence.comparison_messages import PairedScores
from gatekeeper.evidence.live_requests import LiveComparisonRequest
from gatekeeper.evidence.live_results import LabelledScores
from gatekeeper.sandbox.child_main import Observer, observe_nothing
from gatekeeper.sandbox.live_rows.answers_file import Answers
from gatekeeper.sandbox.live_rows.fitted_rows import find_fitted
from gatekeeper.sandbox.live_rows.log_reading import LiveRows
from gatekeeper.sandbox.schema_adapter import align_classes
from gatekeeper.sandbox.score_difference import Requirement, measure_difference
from gatekeeper.sandbox.slices import score_or_none
from gatekeeper.statistics.paired_bootstrap import MIN_RESAMPLES, score_differences
from gatekeeper.statistics.row_groups import RowGroups
from shared.contract.documents import Artefact
from shared.errors import SettingsError
from shared.inference.servable import Predictions
from shared.inference.text_form import normalise_text
from shared.prediction_log.true_value import TrueValue, find_true_value
from shared.scoring.costs import make_table
from shared.scoring.truth import Truth

_NO_HASHES = (
    "It is not known which rows {} was fitted on, because the hashes of its rows are missing or "
    "are of other columns."
)


def score_labelled(
    request: LiveComparisonRequest,
    live: LiveRows,
    challenger: Answers,
    champion: Answers,
    observe: Observer = observe_nothing,
) -> LabelledScores:
    """Score both models on the same rows, and say how sure their difference is.

    *observe* gets the resamples of the difference that are drawn, and all of them.

    Raises StoreError or OSError if the hashes of the rows cannot be read.
    """
    classes = challenger.artefact.classes
    theirs = request.champion
    assert theirs is not None  # noqa: S101 - it has answered
    if set(champion.artefact.classes) - set(classes):
        has_more, has_fewer = theirs.name, request.challenger.name
        error = f"{has_more.capitalize()} predicts a class that {has_fewer} does not have."
        return LabelledScores(labelled=0, error=error)
    labels = enumerate(live.labels)
    values = {i: find_true_value(label, classes) for i, label in labels if label is not None}
    known = np.zeros(len(live.rows), dtype=bool)
    known[[index for index, value in values.items() if value is not None]] = True
    known &= challenger.is_answered & champion.is_answered
    found = LabelledScores(labelled=int(known.sum()))
    unseen = known
    for model, answers in ((request.challenger, challenger), (theirs, champion)):
        if model.rows is None:
            return found.model_copy(update={"error": _NO_HASHES.format(model.name)})
        fitted = find_fitted(
            live.rows, unseen, answers.artefact, model.rows, has_keys=request.has_keys
        )
        unseen = unseen & ~fitted
    indices = np.flatnonzero(unseen).tolist()
    ids = [normalise_text(live.rows[index].id) for index in indices]
    found = found.model_copy(update={"rows": len(ids), "ids": len(set(ids))})
    if not ids:
        return found
    chosen = [value for index in indices if (value := values[index]) is not None]
    others = align_classes(champion.select(unseen), champion.artefact.classes, classes)
    return _compare(
        request,
        found,
        _encode_truth(chosen, challenger.artefact),
        (challenger.select(unseen), others),
        groups=RowGroups.find(np.array(ids)),
        artefact=challenger.artefact,
        observe=observe,
    )


def _compare(
    request: LiveComparisonRequest,
    found: LabelledScores,
    truth: Truth,
    predictions: tuple[Predictions, Predictions],
    *,
    groups: RowGroups | None,
    artefact: Artefact,
    observe: Observer,
) -> LabelledScores:
    """Add both scores and their difference to *found*; rows of one id belong together."""
    classes = len(artefact.classes)
    try:
        costs = make_table(request.costs, artefact.classes)
    except SettingsError as error:
        return found.model_copy(update={"error": str(error)})
    ours, theirs = (
        score_or_none(request.metric, truth, each, classes, costs) for each in predictions
    )
    if ours is None or theirs is None or not np.isfinite([ours, theirs]).all():
        return found
    paired = PairedScores(rows=len(truth), challenger=ours, champion=theirs)
    found = found.model_copy(update={"challenger": ours, "champion": theirs})
    drawn = score_differences(
        request.metric,
        truth,
        *predictions,
        classes=classes,
        seed=int(request.challenger.digest[-16:], 16),
        seconds=request.seconds / 2,
        costs=costs,
        groups=groups,
        observe=observe,
    )
    if len(drawn) < MIN_RESAMPLES // 2:
        return found
    is_same = request.challenger.digest == (request.champion and request.champion.digest)
    difference = measure_difference(
        Requirement(request.metric, request.required, request.confidence, is_same_model=is_same),
        paired,
        drawn,
        truth,
        predictions,
        classes=classes,
        costs=costs,
        groups=groups,
    )
    return found.model_copy(update={"difference": difference})


def _encode_truth(values: list[TrueValue], artefact: Artefact) -> Truth:
    """Return the true values as class indices or numbers."""
    if artefact.task == "regression":
        return np.array(values, dtype=np.float64)
    indices = {name: index for index, name in enumerate(artefact.classes)}
    return np.array([indices[str(value)] for value in values], dtype=np.int64)
