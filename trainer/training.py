"""Run the trainer once, from the data to the decision."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from shared.contract.documents import Decision, Manifest, Registry
from shared.contract.layout import CANDIDATES
from shared.contract.signatures import signing_key
from shared.errors import UndecidedError
from shared.scoring.scorer_names import check_metric_fits
from shared.settings import CommonSettings
from shared.store.decision_log import DecisionLog
from shared.store.repeated_models import find_repeated_models
from shared.store.store import ModelStore, open_for_writing
from trainer.candidates.candidate_table import DEFAULT_TABLE, load_candidates
from trainer.candidates.default_table import default_table
from trainer.console import Console
from trainer.dataset.columns.alike_labels import describe_labels
from trainer.dataset.load import load_dataset
from trainer.dataset.number_precision import require_precision
from trainer.dataset.row_hashing import hash_splits
from trainer.dataset.split import SplitRule
from trainer.export.choose import choose_candidate
from trainer.export.export import load_converters
from trainer.fitting.baseline import score_baseline
from trainer.fitting.candidate_search import fit_candidates
from trainer.fitting.trial import TrialContext
from trainer.publishing import console_report
from trainer.publishing.earlier_split import find_recorded_split
from trainer.publishing.holdout_report import make_holdout_report
from trainer.publishing.publish import RunRecord, publish, remove_old_candidates, summarise_data
from trainer.publishing.wait import RolloutStatus, wait_for_decision, wait_for_rollout
from trainer.settings import TrainerSettings
from trainer.splits.split_choice import SplitChoice, split_by_hash
from trainer.splits.time_split import split_by_time

if TYPE_CHECKING:
    from shared.contract.signing_keys import SigningKey


def train(
    common: CommonSettings, own: TrainerSettings, console: Console, start_seconds: float = 0.0
) -> Decision:
    """Train, publish, and wait for the decision and for all workers to serve it.

    *start_seconds* is the time from the start of the process to this call, for the manifest.
    Raises SettingsError, DatasetError or CandidatesError for input that the user can correct.
    Raises StoreError or KeyFileError for an unusable store or signing key. Raises UndecidedError
    if there is no decision in time, or if the candidate awaits approval.
    """
    key = signing_key(own.signing_key)  # fail before hours of work, not after
    store = open_for_writing(common.store_dir, CANDIDATES)
    log = store.decision_log()
    manifest = _publish_best(store, log, common, own, console, key=key, start_seconds=start_seconds)
    until = time.monotonic() + own.wait_seconds
    decision = wait_for_decision(
        log,
        store.approvals,
        manifest.candidate_id,
        until,
        lambda: console.show_progress("Waiting for the gatekeeper"),
    )
    if decision is None:
        raise UndecidedError(
            f"Candidate {manifest.candidate_id} is published, but no gatekeeper decided on it "
            f"within {own.wait_seconds:g} s. Start a gatekeeper on this store: it will decide."
        )
    repeated = find_repeated_models(entry.decision for entry in log.entries)
    console.lines(console_report.describe_decision(decision, repeated.get(decision.number)))
    if decision.registry is not None:
        _watch_rollout(store, decision.registry, decision, until, console)
    return decision


def _publish_best(
    store: ModelStore,
    log: DecisionLog,
    common: CommonSettings,
    own: TrainerSettings,
    console: Console,
    *,
    key: "SigningKey | None",
    start_seconds: float,
) -> Manifest:
    durations = {"start_seconds": start_seconds} if start_seconds else {}
    table = load_candidates(own.candidates) if own.candidates is not None else None
    with _timed(durations, "load"):
        console.show_progress("Loading the data")
        dataset = require_precision(load_dataset(own, common.metric))
        schema = dataset.schema
        check_metric_fits(common.metric, len(schema.classes), describe_labels(schema.classes))
    with _timed(durations, "split"):
        fingerprint = dataset.fingerprint  # before the split sorts the rows
        if dataset.times is not None:
            splits, rule = split_by_time(dataset, dataset.times), SplitRule()
        else:
            recorded = find_recorded_split(store, log, dataset.target_name, own.row_key)
            wish = SplitChoice(own.split_salt, recorded, own.row_key, own.new_holdout)
            splits, rule = split_by_hash(dataset, wish)
        hashes = hash_splits(dataset, len(splits.holdout.rows))
        data = summarise_data(dataset, fingerprint, splits, rule, own.row_key)
        del dataset
    console.lines(console_report.describe_data(data))
    with _timed(durations, "fit"):
        context = TrialContext(splits, schema, common.metric, own.seed, own.search, own.threshold)
        trials = fit_candidates(
            table or default_table(schema), context, console, meanwhile=load_converters
        )
        del context  # frees the table of train
        baseline = score_baseline(splits, schema, common.metric)
    with _timed(durations, "export"):
        choice = choose_candidate(trials, schema, splits, console, allow_joblib=common.allow_joblib)
    console.lines(
        console_report.describe_candidates(choice, common.metric, schema.classes, baseline)
    )
    with _timed(durations, "report"):
        report = make_holdout_report(
            choice.exported, splits.holdout, common.metric, own.seed, console.show_progress
        )
    publishing = time.perf_counter()
    console.show_progress("Publishing the candidate")
    remove_old_candidates(store, log, own.keep_candidates)
    run = RunRecord(
        data=data,
        metric=common.metric,
        seed=own.seed,
        candidates_table=own.candidates or DEFAULT_TABLE,
        settings={
            **own.model_dump(mode="json", exclude={"signing_key"}),
            **common.model_dump(mode="json", include={"metric", "allow_joblib"}),
        },
        durations=durations,
        new_holdout=own.new_holdout,
        baseline=baseline,
    )
    manifest = publish(store, choice, splits.holdout, hashes, run, report=report, key=key)
    seconds = time.perf_counter() - publishing
    console.lines(console_report.describe_publication(manifest, report, seconds))
    return manifest


@contextmanager
def _timed(durations: dict[str, float], step: str) -> Iterator[None]:
    """Add the seconds that a step takes to *durations*."""
    started = time.perf_counter()
    yield
    durations[f"{step}_seconds"] = time.perf_counter() - started


def _watch_rollout(
    store: ModelStore, registry: Registry, decision: Decision, until: float, console: Console
) -> None:
    """Wait until all live workers serve the decision. Show each error of a worker once."""
    shown = set[str]()

    def show(rollout: RolloutStatus) -> None:
        for worker in rollout.failing:
            line = console_report.describe_worker(worker, registry.version)
            if line not in shown:
                console.line(line)
                shown.add(line)
        console.show_progress(
            f"Waiting for {len(rollout.workers) - len(rollout.converged)} workers"
        )

    rollout = wait_for_rollout(store.heartbeats, registry.version, decision.decided_at, until, show)
    console.lines(console_report.describe_rollout(rollout))
