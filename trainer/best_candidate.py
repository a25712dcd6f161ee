"""Fit estimators on the loaded data, and publish the best one as a candidate."""

import time
from typing import TYPE_CHECKING

from shared.contract.documents import Manifest
from shared.scoring.costs import make_table
from shared.settings import CommonSettings
from shared.store.decision_log import DecisionLog
from shared.store.store import ModelStore
from shared.telemetry.attributes import DIGEST, ROWS
from shared.telemetry.spans import own_traceparent, span
from trainer.candidates.candidate_table import DEFAULT_TABLE
from trainer.candidates.default_table import default_table
from trainer.console import Console
from trainer.export.choose import choose_candidate
from trainer.export.export import load_converters
from trainer.fitting.baseline import score_baseline
from trainer.fitting.candidate_search import fit_candidates
from trainer.fitting.refit import refit_candidate
from trainer.fitting.trial import FittedCandidate, TrialContext
from trainer.fitting.trial_pool import MakePool, ThreadTrialPool
from trainer.loaded_data import LoadedData
from trainer.publishing import console_report
from trainer.publishing.data_text import describe_data
from trainer.publishing.holdout_report import make_holdout_report
from trainer.publishing.publish import RunRecord, publish, remove_old_candidates
from trainer.publishing.reference_file import encode_reference
from trainer.settings import TrainerSettings
from trainer.step_times import timed

if TYPE_CHECKING:
    from shared.contract.signing_keys import SigningKey


def publish_best(
    store: ModelStore,
    common: CommonSettings,
    own: TrainerSettings,
    console: Console,
    data: LoadedData,
    *,
    log: DecisionLog,
    durations: dict[str, float],
    key: "SigningKey | None",
    make_pool: MakePool = ThreadTrialPool,
) -> Manifest:
    """Fit in a pool, choose, export and publish; return the manifest of the candidate."""
    splits, schema = data.splits, data.schema
    costs = make_table(common.costs, schema.classes)
    console.lines(describe_data(data.summary))
    console.lines(f"warning: {warning}" for warning in data.warnings)
    with timed(durations, "fit"):
        context = TrialContext(
            splits, schema, common.metric, own.seed, own.search, own.threshold, costs
        )
        trials = fit_candidates(
            data.candidates or default_table(schema),
            context,
            console,
            meanwhile=load_converters,
            make_pool=make_pool,
        )
        del context  # frees the table of train
        baseline = score_baseline(splits, schema, common.metric, costs)

    def refit(fitted: FittedCandidate) -> FittedCandidate:
        with timed(durations, "refit"):
            return refit_candidate(fitted, schema, splits, own.threshold)

    with timed(durations, "export"):
        choice = choose_candidate(
            trials,
            schema,
            splits,
            console,
            allow_joblib=common.allow_joblib,
            refit=refit if own.refit else None,
        )
    durations["export_seconds"] -= durations.get("refit_seconds", 0.0)
    console.lines(
        console_report.describe_candidates(choice, common.metric, schema.classes, baseline)
    )
    with timed(durations, "report"):
        report = make_holdout_report(
            choice.exported,
            splits.holdout,
            common.metric,
            own.seed,
            console.show_progress,
            costs=costs,
        )
        reference = encode_reference(choice.exported, splits.train.rows, console)
    publishing = time.perf_counter()
    console.show_progress("Publishing the candidate")
    remove_old_candidates(store, log, own.keep_candidates)
    run = RunRecord(
        data=data.summary,
        metric=common.metric,
        seed=own.seed,
        candidates_table=own.candidates or DEFAULT_TABLE,
        settings={
            **own.model_dump(mode="json", exclude={"signing_key"}),
            **common.model_dump(mode="json", include={"metric", "allow_joblib"}),
        },
        durations=durations,
        new_holdout=own.new_holdout,
        refitted=own.refit,
        baseline=baseline,
        costs=common.costs,
        traceparent=own_traceparent(),
    )
    with span("publish") as published:
        manifest = publish(
            store,
            choice,
            splits.holdout,
            data.hashes,
            run,
            report=report,
            reference=reference,
            key=key,
        )
        published.add({DIGEST: manifest.digest, ROWS: manifest.data.rows})
    seconds = time.perf_counter() - publishing
    console.lines(console_report.describe_publication(manifest, report, seconds))
    return manifest
