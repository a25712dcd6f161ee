"""Run trials one after the other. Each one is fitted and scored on all workers together."""

from collections.abc import Mapping, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from time import perf_counter
from typing import Any

import numpy as np

from shared.inference.servable import Predictions
from shared.scoring.scorers import confusion_matrix, report_scores, score
from shared.scoring.truth import Truth
from trainer.candidates.candidate_table import Candidate, clone_with_seed
from trainer.candidates.estimator_text import describe_parameters
from trainer.candidates.threshold import set_threshold
from trainer.cluster.connection import Cluster
from trainer.dataset.dataset import DataSchema
from trainer.fitting.candidate_trials import CandidateTrials
from trainer.fitting.failure_text import describe_failure
from trainer.fitting.pipeline_servable import PipelineServable
from trainer.fitting.trial import FittedCandidate, Trial, TrialContext, rejected_trial
from trainer.partitions.boosting import explain_unsupported, fit_in_parts
from trainer.partitions.lazy_rows import PartSource, read_targets


class PartTrialPool:
    """One trial at a time, on the rows that *train* and *validation* name."""

    def __init__(
        self,
        cluster: Cluster,
        context: TrialContext,
        train: Sequence[PartSource],
        validation: Sequence[PartSource],
        classes: dict[Any, int] | None,
    ) -> None:
        self._cluster = cluster
        self._context = context
        self._train, self._validation = train, validation
        self._classes = classes
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="fit")

    def submit(self, search: CandidateTrials, number: int) -> Future[None]:
        """Begin a trial when those before it have ended."""
        return self._executor.submit(self._run, search, number)

    def stop(self) -> None:
        """Cancel what has not begun. The end of the connection cancels what runs."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _run(self, search: CandidateTrials, number: int) -> None:
        candidate, setting = search.candidate, search.settings[number]
        if reason := explain_unsupported(candidate.estimator):
            search.record(number, rejected_trial(candidate, reason))
            return
        workers = self._cluster.list_workers()
        try:
            trial = self._fit(candidate, setting)
        except Exception as error:  # noqa: BLE001 - an estimator may raise anything
            trial = rejected_trial(candidate, self._explain(error, workers))
        search.record(number, trial)

    def _explain(self, error: Exception, workers: set[str]) -> str:
        """Return why a fit failed; raise ClusterError if no other fit is possible.

        A worker that ends makes XGBoost and Dask raise many errors, and none of them says so.
        """
        cluster = self._cluster
        if cluster.failure or cluster.client.status != "running":
            raise cluster.lost() from error
        if isinstance(error, CancelledError) or workers - cluster.list_workers():
            return (
                "a Dask worker ended during the fit, probably for lack of memory; give the "
                "workers more memory, or start more of them"
            )
        return describe_failure(error, self._context.schema.features)

    def _fit(self, candidate: Candidate, setting: Mapping[str, Any]) -> Trial:
        context, client = self._context, self._cluster.client
        result = rejected_trial(candidate, "").result.model_copy(update={"error": None})
        started = perf_counter()
        estimator = clone_with_seed(candidate.estimator, context.seed).set_params(**setting)
        self._cluster.needed = frozenset(self._cluster.list_workers())
        try:
            pipeline = fit_in_parts(client, estimator, self._train, self._classes)
        finally:
            self._cluster.needed = frozenset()
        seconds = perf_counter() - started
        fitted = pipeline
        if context.threshold is not None:
            fitted = set_threshold(pipeline, context.threshold)
        truth, predictions = predict_parts(
            client, fitted, context.schema, self._validation, self._classes
        )
        classes = len(context.schema.classes)
        value = score(context.metric, truth, predictions, classes, context.costs)
        metrics = report_scores(truth, predictions, classes, context.costs)
        update = {
            "parameters": describe_parameters(pipeline.steps[-1][1]),
            "metrics": {**metrics, context.metric: value},
            "confusion_matrix": confusion_matrix(truth, predictions, classes) if classes else None,
            "fit_seconds": seconds,
        }
        sample = PipelineServable(fitted, context.schema).predict(context.splits.validation.rows)
        return Trial(result.model_copy(update=update), FittedCandidate(fitted, sample, value))


def predict_parts(
    client: Any,
    pipeline: Any,
    schema: DataSchema,
    sources: Sequence[PartSource],
    classes: dict[Any, int] | None,
) -> tuple[Truth, Predictions]:
    """Return the targets and the predictions for the rows of all parts. Workers read the rows."""
    place = client.scatter(pipeline, broadcast=True, hash=False)
    tasks = [
        client.submit(_predict_part, place, schema, source, classes, pure=False)
        for source in sources
    ]
    found = client.gather(tasks)
    truth = np.concatenate([target for target, _ in found])
    values = np.concatenate([predictions.values for _, predictions in found])
    if found[0][1].probabilities is None:
        return truth, Predictions(values, None)
    return truth, Predictions(values, np.concatenate([p.probabilities for _, p in found]))


def _predict_part(
    pipeline: Any, schema: DataSchema, source: PartSource, classes: dict[Any, int] | None
) -> tuple[Truth, Predictions]:
    predictions = PipelineServable(pipeline, schema).predict(source.read())
    return read_targets(source, classes), predictions
