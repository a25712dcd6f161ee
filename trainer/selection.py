"""Fitting every candidate on train, scoring it on validation, ranking by the metric."""

import warnings
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import joblib

from shared.documents import CandidateResult
from shared.errors import CandidatesError
from shared.frame import to_frame
from shared.metrics import confusion_matrix, evaluate, score
from shared.servable import Predictions
from trainer.candidates import Table, seeded
from trainer.console import Console
from trainer.parameters import describe_estimator, parameters_of, reason_of
from trainer.pipeline_servable import PipelineServable
from trainer.schema import Schema
from trainer.split import Parts

_TICK_SECONDS = 0.2
_FOR_USERS = (UserWarning, RuntimeWarning, FutureWarning)
"""Warnings about a fit; all others are for the authors of libraries."""


@dataclass(frozen=True)
class Fitted:
    """A candidate that was fitted and scored."""

    pipeline: Any
    validation: Predictions
    score: float


@dataclass(frozen=True)
class Attempt:
    """One line of the table: what became of a candidate."""

    result: CandidateResult
    fitted: Fitted | None

    def failed(self, reason: str) -> "Attempt":
        """The same candidate, out of the running."""
        return Attempt(self.result.model_copy(update={"error": reason}), None)


@dataclass(frozen=True)
class Fitting:
    """What every candidate is fitted and scored with."""

    parts: Parts
    schema: Schema
    metric: str
    seed: int


def fit_all(
    table: Table,
    fitting: Fitting,
    console: Console,
    meanwhile: Callable[[], None] = lambda: None,
) -> list[Attempt]:
    """Fit and score every candidate, as many at once as there are cores; in the table's order.

    Threads, because the heavy part of a fit releases the GIL, while a process would import
    scikit-learn anew and copy the data. This thread does *meanwhile* before it waits.
    """
    workers = min(len(table), joblib.cpu_count())
    pool = ThreadPoolExecutor(workers, thread_name_prefix="fit")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        for kind in _FOR_USERS:
            warnings.simplefilter("always", kind)
        try:
            futures = {name: pool.submit(_attempt, name, e, fitting) for name, e in table.items()}
            meanwhile()
            _wait(futures, console)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    for note in sorted({reason_of(w.message) for w in caught if isinstance(w.message, Warning)}):
        console.line(f"note: {note}")
    return [future.result() for future in futures.values()]


def ranked(attempts: list[Attempt]) -> list[Attempt]:
    """The candidates that were fitted, best first; ties in the table's order.

    Raises CandidatesError when there is none.
    """
    fitted = [attempt for attempt in attempts if attempt.fitted is not None]
    if not fitted:
        raise none_left(attempts)
    return sorted(fitted, key=lambda attempt: -attempt.fitted.score if attempt.fitted else 0.0)


def none_left(attempts: list[Attempt]) -> CandidatesError:
    """The error for a table of which no candidate can be published."""
    reasons = "; ".join(f"{attempt.result.name}: {attempt.result.error}" for attempt in attempts)
    return CandidatesError(f"No candidate can be published: {reasons}")


def _wait(futures: dict[str, Future[Attempt]], console: Console) -> None:
    while pending := [name for name, future in futures.items() if not future.done()]:
        console.working(f"Training {', '.join(pending)}")
        wait([futures[name] for name in pending], _TICK_SECONDS)


def _attempt(name: str, estimator: Any, fitting: Fitting) -> Attempt:
    """Fit and score one candidate; whatever it raises is recorded, and the others go on."""
    result = CandidateResult(
        name=name,
        estimator=describe_estimator(estimator),
        parameters={},
        metrics={},
        confusion_matrix=None,
        fit_seconds=0.0,
        error=None,
    )
    try:
        return _fit(result, estimator, fitting)
    except Exception as error:  # noqa: BLE001 - an estimator may raise anything
        return Attempt(result, None).failed(reason_of(error))


def _fit(result: CandidateResult, estimator: Any, fitting: Fitting) -> Attempt:
    train, validation = fitting.parts.train, fitting.parts.validation
    classes = len(fitting.schema.classes)
    pipeline = seeded(estimator, fitting.seed)
    started = perf_counter()
    pipeline.fit(to_frame(train.rows, fitting.schema.features), train.target)
    seconds = perf_counter() - started
    answers = PipelineServable(pipeline, fitting.schema).predict(validation.rows)
    value = score(fitting.metric, validation.target, answers, classes)
    metrics = evaluate(validation.target, answers, classes)
    update = {
        "parameters": parameters_of(pipeline),
        "metrics": {**metrics, fitting.metric: value},
        "confusion_matrix": confusion_matrix(validation.target, answers, classes),
        "fit_seconds": seconds,
    }
    return Attempt(result.model_copy(update=update), Fitted(pipeline, answers, value))
