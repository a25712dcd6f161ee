"""Run the trainer once, from the data to the decision."""

import time
from typing import TYPE_CHECKING

from shared.contract.documents import Decision, Manifest, Registry
from shared.contract.layout import CANDIDATES
from shared.contract.signatures import signing_key
from shared.errors import UndecidedError
from shared.settings import CommonSettings
from shared.store.decision_log import DecisionLog
from shared.store.repeated_models import find_repeated_models
from shared.store.store import ModelStore, open_for_writing
from trainer.candidates.candidate_table import DEFAULT_TABLE
from trainer.candidates.default_table import default_table
from trainer.console import Console
from trainer.dataset.row_hashing import hash_splits
from trainer.export.choose import choose_candidate
from trainer.export.export import load_converters
from trainer.fitting.baseline import score_baseline
from trainer.fitting.candidate_search import fit_candidates
from trainer.fitting.trial import TrialContext
from trainer.preparation import prepare_run, require_run
from trainer.publishing import console_report
from trainer.publishing.holdout_report import make_holdout_report
from trainer.publishing.publish import RunRecord, publish, remove_old_candidates, summarise_data
from trainer.publishing.wait import RolloutStatus, wait_for_decision, wait_for_rollout
from trainer.settings import TrainerSettings
from trainer.step_times import timed

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
    console.show_progress("Loading the data")
    prepared = require_run(prepare_run(store, common, own, durations=durations), console)
    splits, schema, table = prepared.splits, prepared.dataset.schema, prepared.candidates
    with timed(durations, "split"):
        hashes = hash_splits(prepared.dataset, len(splits.holdout.rows))
        data = summarise_data(
            prepared.dataset, prepared.fingerprint, splits, prepared.rule, own.row_key
        )
        del prepared
    console.lines(console_report.describe_data(data))
    with timed(durations, "fit"):
        context = TrialContext(splits, schema, common.metric, own.seed, own.search, own.threshold)
        trials = fit_candidates(
            table or default_table(schema), context, console, meanwhile=load_converters
        )
        del context  # frees the table of train
        baseline = score_baseline(splits, schema, common.metric)
    with timed(durations, "export"):
        choice = choose_candidate(trials, schema, splits, console, allow_joblib=common.allow_joblib)
    console.lines(
        console_report.describe_candidates(choice, common.metric, schema.classes, baseline)
    )
    with timed(durations, "report"):
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
