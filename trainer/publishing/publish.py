"""Publish a candidate in the store, and remove old candidates."""

import contextlib
import platform
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from shared.contract.baseline import Baseline
from shared.contract.documents import (
    HTML_MEDIA_TYPE,
    JOBLIB_MEDIA_TYPE,
    JSON_MEDIA_TYPE,
    NPZ_MEDIA_TYPE,
    ROWS_MEDIA_TYPE,
    DataSummary,
    Descriptor,
    Manifest,
)
from shared.contract.layout import ARTEFACT, HOLDOUT, JOBLIB_MODEL, REPORT, REPORT_PAGE, ROWS
from shared.contract.time_split import TimeSplit
from shared.errors import DatasetError, DocumentError, StoreWriteError
from shared.reports.html_report import render_report
from shared.reports.report_document import CandidateReport
from shared.runtime_versions import MODELGATE, PYTHON
from shared.scoring.holdout_file import Holdout, encode_holdout
from shared.scoring.row_hash_file import RowHashes, encode_row_hashes
from shared.scoring.scorers import report_scores, score
from shared.store.candidates import new_candidate_id
from shared.store.decision_log import DecisionLog
from shared.store.store import ModelStore
from shared.version import VERSION
from trainer.dataset.dataset import Dataset
from trainer.dataset.split import SPLITS, Split, SplitRule, Splits
from trainer.export.choose import Choice
from trainer.export.export import ExportedCandidate

if TYPE_CHECKING:
    from shared.contract.signing_keys import SigningKey

_LIBRARIES = (
    "joblib", "numpy", "onnx", "onnxruntime", "pandas", "scikit-learn", "scipy", "skl2onnx",
)  # fmt: skip
_BOOSTERS = ("lightgbm", "xgboost")
"""Listed if a table of candidates has imported them. Their packages have several names."""


@dataclass(frozen=True)
class RunRecord:
    """The fields of a manifest about the run. They suffice to repeat it."""

    data: DataSummary
    metric: str
    seed: int
    candidates_table: str
    settings: dict[str, Any]
    durations: dict[str, float]
    """Seconds of each step."""
    new_holdout: bool = False
    baseline: Baseline | None = None


def summarise_data(
    dataset: Dataset, fingerprint: str, splits: Splits, rule: SplitRule, row_key: str | None
) -> DataSummary:
    """Summarise the data, its split and the settings that reproduce both.

    *fingerprint* is that of the data set before the split, which sorts its rows.
    """
    named = splits.by_name().items()
    numbers = dataset.target if dataset.schema.task == "regression" else None
    return DataSummary(
        source=dataset.source,
        fingerprint=fingerprint,
        rows=len(dataset.rows),
        target=dataset.target_name,
        parts={name: len(split.rows) for name, split in named},
        class_counts={name: count_classes(s, dataset.schema.classes) for name, s in named},
        target_range=None if numbers is None else (float(numbers.min()), float(numbers.max())),
        features=dataset.schema.features,
        notes=dataset.notes,
        split_salt=rule.salt,
        moved_rows={f"{row:016x}": SPLITS[split] for row, split in sorted(rule.moved.items())},
        row_key=row_key,
        time=_summarise_times(dataset, splits),
    )


def _summarise_times(dataset: Dataset, splits: Splits) -> TimeSplit | None:
    if dataset.times is None:
        return None
    fitted = dataset.times.values[: len(splits.train.rows) + len(splits.validation.rows)]
    return TimeSplit(
        column=dataset.times.column, unit=dataset.times.unit, fitted_until=float(fitted.max())
    )


def count_classes(split: Split, classes: tuple[str, ...]) -> dict[str, int]:
    """Count the rows of each class; return an empty dictionary for a regression."""
    if not classes:
        return {}
    counts = np.bincount(split.target, minlength=len(classes)).tolist()
    return dict(zip(classes, counts, strict=True))


def publish(
    store: ModelStore,
    choice: Choice,
    holdout: Split,
    hashes: RowHashes,
    run: RunRecord,
    *,
    report: CandidateReport,
    key: "SigningKey | None" = None,
) -> Manifest:
    """Publish the chosen candidate, signed with *key*. On return it is complete and durable.

    Raises StoreWriteError if nothing was published, DatasetError if the holdout is too large.
    """
    exported = choice.exported
    started = time.perf_counter()
    try:
        encoded = encode_holdout(Holdout(holdout.rows, holdout.target, holdout.times))
        rows = encode_row_hashes(hashes)
    except DocumentError as error:
        raise DatasetError(f"{error} Train on fewer rows.") from error
    files = {**exported.files, HOLDOUT: encoded, ROWS: rows, REPORT: report.encode()}
    classes = len(exported.artefact.classes)
    holdout_metrics = report_scores(holdout.target, exported.holdout, classes)
    holdout_metrics[run.metric] = score(run.metric, holdout.target, exported.holdout, classes)
    descriptors = _describe(exported, files)
    seconds = time.perf_counter() - started
    now = datetime.now(UTC)
    manifest = Manifest(
        candidate_id=new_candidate_id(now),
        created_at=now,
        model_name=choice.name,
        digest=exported.digest,
        holdout_metrics=holdout_metrics,
        files=descriptors,
        candidates=choice.results,
        parity=exported.parity,
        versions=library_versions(),
        threshold=exported.artefact.threshold,
        **{**vars(run), "durations": {**run.durations, "encode_seconds": seconds}},
    )
    page = render_report(manifest, report, exported.artefact.classes).encode()
    descriptor = Descriptor.describe(REPORT_PAGE, HTML_MEDIA_TYPE, page)
    manifest = manifest.model_copy(update={"files": (*manifest.files, descriptor)})
    store.candidates.publish(manifest, {**files, REPORT_PAGE: page}, key)
    return manifest


def remove_old_candidates(store: ModelStore, log: DecisionLog, keep: int) -> None:
    """Remove the oldest decided candidates until *keep* - 1 are left, and abandoned staging.

    A candidate without a decision is never removed. Nor is one whose model is kept, because the
    gatekeeper needs the hashes of its rows.
    """
    store.candidates.remove_leftovers()
    decided = [name for name in store.candidates.ids() if log.is_decided(name)]
    kept = _candidates_of_kept_models(store, log)
    removable = [name for name in decided if name not in kept]
    for candidate_id in removable[: max(0, len(decided) - keep + 1)]:
        # Another trainer may have removed it. Publishing reports a failing disk.
        with contextlib.suppress(StoreWriteError):
            store.candidates.remove(candidate_id)


def _candidates_of_kept_models(store: ModelStore, log: DecisionLog) -> set[str]:
    kept = set(store.models.digests())
    registries = (decision.registry for decision in log.decisions() if decision.registry)
    return {registry.candidate_id for registry in registries if registry.digest in kept}


def library_versions() -> dict[str, str]:
    """Return the versions of Modelgate, Python and all libraries that affect a run's results."""
    boosters = {
        name: str(sys.modules[name].__version__) for name in _BOOSTERS if name in sys.modules
    }
    libraries = {name: version(name) for name in _LIBRARIES}
    return {MODELGATE: VERSION, PYTHON: platform.python_version(), **libraries, **boosters}


def _describe(exported: ExportedCandidate, files: dict[str, bytes]) -> tuple[Descriptor, ...]:
    artefact = exported.artefact
    known = {artefact.model.name: artefact.model, artefact.golden.name: artefact.golden}
    media_types = {
        ARTEFACT: JSON_MEDIA_TYPE,
        HOLDOUT: NPZ_MEDIA_TYPE,
        ROWS: ROWS_MEDIA_TYPE,
        JOBLIB_MODEL: JOBLIB_MEDIA_TYPE,
        REPORT: JSON_MEDIA_TYPE,
    }
    return tuple(
        known.get(name) or Descriptor.describe(name, media_types[name], data)
        for name, data in files.items()
    )
