"""`python -m gatekeeper.sandbox.scorer PARENT`: score one model, in a process that may crash.

Only this process of the gatekeeper loads a model. Its messages are in
`gatekeeper.evidence.evaluation_messages`; `gatekeeper.evaluation.child_process` is the parent.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from gatekeeper.evidence import check_ids
from gatekeeper.evidence.evaluation_messages import (
    ScoringRequest,
    ScoringResult,
    ServingProfile,
)
from gatekeeper.sandbox.child_main import Observer, observe_nothing, serve_one_request
from gatekeeper.sandbox.predictions_io import require_valid, write_predictions
from gatekeeper.sandbox.schema_adapter import SchemaAdapter, align_classes
from gatekeeper.sandbox.serving_cost_meter import ServingCostMeter, read_required_opsets
from shared.contract.documents import ONNX_MEDIA_TYPE, Artefact
from shared.contract.layout import GOLDEN
from shared.errors import DocumentError, GoldenRowsError, ModelgateError
from shared.inference.build import build_servable
from shared.inference.feature_encoding import check_values
from shared.inference.golden_rows import (
    decode_golden_rows,
    require_repeatable,
    verify_golden_rows,
)
from shared.inference.missing_values import list_features
from shared.inference.onnx_reading.unbounded_operators import find_unbounded_operators
from shared.inference.servable import Predictions, Servable, predict_in_batches
from shared.scoring import scorers
from shared.scoring.costs import make_table
from shared.scoring.holdout_file import Holdout, decode_holdout
from shared.scoring.scorer_names import NEG_COST
from shared.store.models import ModelBytes, read_artefact, read_model
from shared.store.verified_read import read_verified

MAX_OPERATORS = 20
"""Largest number of unbounded operators that are reported."""


class _CheckFailedError(Exception):
    """The model failed a check. The arguments are the check and the reason."""


def score_model(request: ScoringRequest, observe: Observer = observe_nothing) -> ScoringResult:
    """Score one model; *observe* gets the predicted rows and all rows.

    A failure becomes a sentence for the check that the model fails. A model that does not
    reproduce its golden rows is scored too, for the record.
    """
    errors: dict[str, str] = {}
    score, serving, meter = None, ServingProfile(), ServingCostMeter()
    try:
        with _fails(check_ids.GOLDEN_ROWS_REPRODUCED, request):
            with meter.loading():
                model = read_model(request.model_directory, request.digest)
            if request.measures_cost and model.artefact.model.media_type == ONNX_MEDIA_TYPE:
                serving = ServingProfile(opsets=read_required_opsets(model.model))
            with meter.loading():
                servable = build_servable(model, allow_joblib=request.allow_joblib)
            if request.measures_cost and model.artefact.model.media_type == ONNX_MEDIA_TYPE:
                unbounded = find_unbounded_operators(model.model)[:MAX_OPERATORS]
                serving = serving.model_copy(update={"unbounded": unbounded})
        with _fails(check_ids.SCHEMA_COMPATIBLE, request):
            _require_golden_fits(model)
            reference = read_artefact(request.schema_directory, request.schema_digest)
            data = read_verified(request.holdout_directory, request.holdout)
            holdout = decode_holdout(data, reference, request.holdout_path)
        with _fails(check_ids.GOLDEN_ROWS_REPRODUCED, request):
            try:
                verify_golden_rows(servable, model.golden, model.artefact)
                require_repeatable(servable, model.golden, model.artefact)
            except GoldenRowsError as error:
                errors[check_ids.GOLDEN_ROWS_REPRODUCED] = str(error)
            if request.measures_cost:
                cost = meter.cost(servable, decode_golden_rows(model.golden))
                serving = serving.model_copy(update={"cost": cost})
        with _fails(check_ids.SCORE_REPRODUCED, request):
            predictions = _predict(servable, model.artefact, holdout, reference, observe)
            classes = len(reference.classes)
            costs = None
            if request.metric == NEG_COST:
                costs = make_table(request.costs, reference.classes)
            score = scorers.score(request.metric, holdout.target, predictions, classes, costs)
            if request.predictions_path is not None:
                write_predictions(request.predictions_path, predictions, reference)
    except _CheckFailedError as error:
        check, message = error.args
        errors[check] = message
    return ScoringResult(score, errors, serving)


@contextmanager
def _fails(check: str, request: ScoringRequest) -> Iterator[None]:
    """Convert every error of the `with` block into a failure of *check*."""
    try:
        yield
    except MemoryError as error:
        raise _CheckFailedError(
            check,
            f"The model needs more than {request.memory_mib} MiB of memory, its limit. "
            "See GATEKEEPER_EVALUATION_MEMORY_MIB.",
        ) from error
    except ModelgateError as error:
        message = str(error)
        for directory in (
            request.model_directory,
            request.holdout_directory,
            request.schema_directory,
        ):
            message = message.replace(f"{directory}/", "")
        raise _CheckFailedError(check, message) from error
    except Exception as error:
        message = f"The model raised {type(error).__name__}: {error}"
        raise _CheckFailedError(check, message) from error


def _require_golden_fits(model: ModelBytes) -> None:
    rows, features = model.golden.rows, len(model.artefact.features)
    if any(len(row) != features for row in rows):
        raise DocumentError(f"A golden row does not have the {features} features of the artefact.")
    if len(model.golden.predictions) != len(rows):
        raise DocumentError(
            f"There are {len(rows)} golden rows, but {len(model.golden.predictions)} predictions."
        )
    check_values(
        decode_golden_rows(model.golden), model.artefact.features, GOLDEN, may_be_unseen=True
    )


def _predict(
    servable: Servable, own: Artefact, holdout: Holdout, reference: Artefact, observe: Observer
) -> Predictions:
    """Predict with the model of *own* on the holdout of *reference*, in its classes."""
    given, expected = list_features(reference), list_features(own)
    if expected != given:
        servable = SchemaAdapter(servable, given, expected)
    total = len(holdout.rows)
    predictions = predict_in_batches(
        servable, holdout.rows, observe=lambda done: observe(done, total)
    )
    require_valid(predictions, len(holdout.target), own)
    return align_classes(predictions, own.classes, reference.classes)


def main(parent: int) -> None:
    """Serve the one request of this process, whose parent is *parent*."""
    serve_one_request(ScoringRequest, score_model, parent)


if __name__ == "__main__":
    main(int(sys.argv[1]))
