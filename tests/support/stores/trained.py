"""Candidates that the trainer's own code makes from tables in memory."""

from io import StringIO
from typing import Any

from shared.store.store import ModelStore
from trainer.console import Console
from trainer.dataset.dataset import Dataset
from trainer.dataset.row_hashing import hash_splits
from trainer.dataset.split import SplitRule, split_dataset
from trainer.export.choose import choose_candidate
from trainer.fitting.candidate_search import fit_candidates
from trainer.fitting.trial import TrialContext
from trainer.publishing.data_summary import summarise_data
from trainer.publishing.holdout_report import make_holdout_report
from trainer.publishing.publish import RunRecord, publish
from trainer.publishing.reference_file import encode_reference


def trained(
    store: ModelStore,
    data: Dataset,
    estimator: Any,
    *,
    salt: str = "",
    name: str = "model",
    row_key: str | None = None,
    **run: Any,
) -> str:
    """Train and publish as `train` does. Return the candidate's id."""
    console = Console(StringIO())
    parts = split_dataset(data, salt)
    attempts = fit_candidates(
        {name: estimator}, TrialContext(parts, data.schema, "accuracy", 42), console
    )
    choice = choose_candidate(attempts, data.schema, parts, console, allow_joblib=False)
    summary = summarise_data(data, data.fingerprint, parts, SplitRule(salt), row_key)
    hashes = hash_splits(data, len(parts.holdout.rows))
    about = RunRecord(summary, "accuracy", 42, "here", {}, {}, **run)
    report = make_holdout_report(choice.exported, parts.holdout, "accuracy", 42)
    reference = encode_reference(choice.exported, parts.train.rows, console)
    return publish(
        store, choice, parts.holdout, hashes, about, report=report, reference=reference
    ).candidate_id
