"""Publish a model that was fitted elsewhere, from its file to the decision."""

import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.contract.documents import Decision, Manifest
from shared.contract.layout import CANDIDATES
from shared.contract.run_results import CandidateResult
from shared.contract.signatures import signing_key
from shared.scoring.costs import make_table
from shared.settings import CommonSettings
from shared.store.decision_log import DecisionLog
from shared.store.store import ModelStore, open_for_writing
from shared.telemetry.spans import own_traceparent
from shared.text import join_some
from trainer.brought_models.bare.unfit_model import UnfitModelError
from trainer.brought_models.export_wrapped import export_wrapped
from trainer.brought_models.model_process import ModelProcess, WrappedModel
from trainer.brought_pipelines.brought_model import BroughtGraph, BroughtModel
from trainer.brought_pipelines.export_pipeline import export_pipeline
from trainer.brought_pipelines.pickled_pipeline import BroughtPipeline
from trainer.console import Console
from trainer.dataset.split import SplitRule
from trainer.export.choose import Choice
from trainer.export.export import ExportedCandidate
from trainer.publish.judged_rows import JudgedRows, read_rows, summarise_rows
from trainer.publish.model_source import name_columns, read_model
from trainer.publish.request import PublishRequest
from trainer.publishing import console_report
from trainer.publishing.data_text import describe_features
from trainer.publishing.earlier_split import find_recorded_split
from trainer.publishing.holdout_report import make_holdout_report
from trainer.publishing.promotion_wait import await_promotion
from trainer.publishing.publish import RunRecord, publish, remove_old_candidates
from trainer.publishing.reference_file import encode_reference
from trainer.publishing.rollout import Rollout
from trainer.settings import TrainerSettings
from trainer.step_times import timed

if TYPE_CHECKING:
    from shared.contract.signing_keys import SigningKey

TABLE = "a model that was fitted elsewhere"
"""The words of the manifest in the place of a candidate table."""


@dataclass(frozen=True)
class _Publisher:
    """The store and the settings of one call."""

    store: ModelStore
    log: DecisionLog
    common: CommonSettings
    own: TrainerSettings
    console: Console
    key: "SigningKey | None"


def publish_model(
    request: PublishRequest, common: CommonSettings, own: TrainerSettings, console: Console
) -> Decision:
    """Publish a model, and wait for the decision and for all workers to serve it.

    Raises UnfitModelError for a model that cannot be served, and DatasetError or SettingsError for
    tables that do not fit: then nothing is published. Raises StoreError or KeyFileError for an
    unusable store or signing key. Raises UndecidedError if there is no decision in time, or if the
    candidate awaits approval.
    """
    key = signing_key(own.signing_key)
    store = open_for_writing(common.store_dir, CANDIDATES)
    log = store.shared_log()
    log.refresh()
    rollout = Rollout(store.heartbeats)
    publisher = _Publisher(store, log, common, own, console, key)
    durations: dict[str, float] = {}
    model = request.model if isinstance(request.model, BroughtModel) else read_model(request.model)
    console.lines(f"warning: {warning}" for warning in model.warnings)
    console.show_progress("Reading the rows")
    with timed(durations, "load"):
        rows = read_rows(request, common, own).with_order(name_columns(model))
    console.lines(_describe_rows(request, rows))
    console.show_progress("Reading the model")
    with ExitStack() as resources:
        with timed(durations, "export"):
            if isinstance(model.content, BroughtPipeline):
                exported = _export_pipeline(publisher, request, rows, model.content)
            else:
                exported = _export_graph(publisher, request, rows, model.content, resources)
        manifest = _publish(publisher, request, rows, exported, durations)
    return await_promotion(
        store, log, rollout, manifest.candidate_id, seconds=own.wait_seconds, console=console
    )


def _export_graph(
    publisher: _Publisher,
    request: PublishRequest,
    rows: JudgedRows,
    graph: BroughtGraph,
    resources: ExitStack,
) -> ExportedCandidate:
    """Wrap an ONNX model. Its child process runs until *resources* are closed."""
    schema, holdout, console = rows.dataset.schema, rows.splits.holdout, publisher.console
    process = resources.enter_context(ModelProcess(graph.data, request.limits, graph.weights))
    wrapped = process.wrap(schema.features, schema.classes, request.wish, holdout.rows)
    console.lines(_describe_model(wrapped))
    console.show_progress("Comparing the wrapped model with the bare one")
    return export_wrapped(process, wrapped, schema, holdout.rows, rows.dataset.target)


def _export_pipeline(
    publisher: _Publisher, request: PublishRequest, rows: JudgedRows, brought: BroughtPipeline
) -> ExportedCandidate:
    """Convert a fitted pipeline as a training does."""
    console = publisher.console
    if request.wish.output is not None:
        raise UnfitModelError(
            f"OUTPUT={request.wish.output} is for ONNX files. A pipeline says itself what its "
            "outputs mean: leave OUTPUT unset."
        )
    console.lines(f"note: {note}" for note in brought.notes)
    console.show_progress("Converting the pipeline, and comparing both")
    exported, note = export_pipeline(
        brought,
        rows.dataset.schema,
        rows.splits,
        request.wish.classes,
        allow_joblib=publisher.common.allow_joblib,
    )
    console.lines(f"note: {each}" for each in (note, *exported.notes) if each)
    return exported


def _publish(
    publisher: _Publisher,
    request: PublishRequest,
    rows: JudgedRows,
    exported: ExportedCandidate,
    durations: dict[str, float],
) -> Manifest:
    """Report on the holdout, and publish the candidate."""
    own, common, console = publisher.own, publisher.common, publisher.console
    costs = make_table(common.costs, rows.dataset.schema.classes)
    report = make_holdout_report(
        exported, rows.splits.holdout, common.metric, own.seed, console.show_progress, costs=costs
    )
    fitted = rows.splits.train.rows if request.fitted_on else rows.splits.holdout.rows
    reference = encode_reference(exported, fitted, console)
    started = time.perf_counter()
    target, store, log = rows.dataset.target_name, publisher.store, publisher.log
    rule = find_recorded_split(store, log, target, own.row_key) or SplitRule(own.split_salt)
    remove_old_candidates(store, log, own.keep_candidates)
    run = RunRecord(
        data=summarise_rows(rows, rule, own.row_key),
        metric=common.metric,
        seed=own.seed,
        candidates_table=TABLE,
        settings={"model": request.file_name, "output": request.wish.output},
        durations=durations,
        new_holdout=own.new_holdout,
        costs=common.costs,
        traceparent=own_traceparent(),
    )
    manifest = publish(
        store,
        Choice(request.model_name, exported, (_result(request),)),
        rows.splits.holdout,
        rows.hashes,
        run,
        report=report,
        reference=reference,
        key=publisher.key,
    )
    seconds = time.perf_counter() - started
    console.lines(console_report.describe_publication(manifest, report, seconds))
    return manifest


def _result(request: PublishRequest) -> CandidateResult:
    return CandidateResult(
        name=request.model_name,
        estimator=f"{request.file_name}, fitted elsewhere",
        parameters={},
        metrics={},
        confusion_matrix=None,
        fit_seconds=0.0,
        error=None,
    )


def _describe_rows(request: PublishRequest, rows: JudgedRows) -> list[str]:
    dataset, splits = rows.dataset, rows.splits
    seen = f"{len(splits.train.rows)} rows of {request.fitted_on} were fitted or chosen on"
    if request.fitted_on is None:
        seen = "FITTED_ON is not set, so the gatekeeper does not know which rows the model has seen"
    return [
        f"Holdout: {request.holdout}, {len(splits.holdout.rows)} rows",
        f"Target: {dataset.target_name}",
        f"Features: {describe_features(dataset.schema.features)}",
        *(f"note: {note}" for note in dataset.notes),
        f"Fitted rows: {seen}",
    ]


def _describe_model(wrapped: WrappedModel) -> list[str]:
    lines = [f"note: {wrapped.note}"] if wrapped.note else []
    if wrapped.batch_rows is not None:
        lines.append(
            f"note: each call of the model takes a fixed number of rows, {wrapped.batch_rows}; "
            "the wrapped model takes any number"
        )
    if wrapped.unbounded:
        lines.append(
            f"warning: The model has the operators {join_some([*wrapped.unbounded])}, whose work "
            "has no bound, or which are random or not of ONNX. The gatekeeper refuses it unless "
            "GATEKEEPER_ALLOW_OPERATORS names them."
        )
    return lines
