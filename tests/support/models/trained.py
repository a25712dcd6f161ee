"""Candidates that the trainer's own code makes from tables in memory."""

from io import StringIO
from typing import Any

from shared.store.store import ModelStore
from trainer.console import Console
from trainer.dataset.dataset import Dataset
from trainer.dataset.row_hashing import hash_parts
from trainer.dataset.split import split
from trainer.export.choose import choose
from trainer.fitting.selection import Fitting, fit_all
from trainer.publishing.publish import Run, publish, summarise


def trained(
    store: ModelStore,
    data: Dataset,
    estimator: Any,
    *,
    salt: str = "",
    name: str = "model",
    **run: Any,
) -> str:
    """Train and publish as `train` does. Return the candidate's id."""
    console = Console(StringIO())
    parts = split(data, salt)
    attempts = fit_all({name: estimator}, Fitting(parts, data.schema, "accuracy", 42), console)
    choice = choose(attempts, data.schema, parts, console, allow_joblib=False)
    summary = summarise(data, data.fingerprint, parts, salt, None)
    hashes = hash_parts(data, len(parts.holdout.rows))
    about = Run(summary, "accuracy", 42, "here", {}, {}, **run)
    return publish(store, choice, parts.holdout, hashes, about).candidate_id
