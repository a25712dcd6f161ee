"""Publish a candidate in the store, and remove old candidates."""

import contextlib
import platform
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

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
from shared.contract.layout import (
    ARTEFACT,
    HOLDOUT,
    JOBLIB_MODEL,
    REFERENCE,
    REPORT,
    REPORT_PAGE,
    ROWS,
)
from shared.contract.run_results import Baseline
from shared.errors import DatasetError, DocumentError, StoreWriteError
from shared.reports.html_report import render_report
from shared.reports.report_document import CandidateReport
from shared.runtime_versions import MODELGATE, PYTHON
from shared.scoring.costs import Costs, make_table
from shared.scoring.holdout_file import Holdout, encode_holdout
from shared.scoring.row_hash_file import RowHashes, encode_row_hashes
from shared.scoring.scorers import report_scores, score
from shared.store.candidates import new_candidate_id
from shared.store.decision_log import DecisionLog
from shared.store.store import ModelStore
from shared.version import VERSION
from trainer.dataset.split import Split
from trainer.export.choose import Choice
from trainer.export.export import ExportedCandidate
from trainer.publishing.document_sizes import fit_manifest, require_small_report

if TYPE_CHECKING:
    from shared.contract.signing_keys import SigningKey

_LIBRARIES = (
    "joblib", "numpy", "onnx", "onnxruntime", "pandas", "scikit-learn", "scipy", "skl2onnx",
)  # fmt: skip
_BOOSTERS = ("lightgbm", "xgboost")
"""Listed if a table of candidates has imported them. Their packages have several names."""

_PAGE_DESCRIPTOR_BYTES = 1 << 10
"""Bytes that are kept free in a manifest for the descriptor of the page that shows it."""


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
    refitted: bool = False
    baseline: Baseline | None = None
    costs: Costs | None = None
    traceparent: str | None = None
    """The trace of the run, which the gatekeeper continues."""


def publish(
    store: ModelStore,
    choice: Choice,
    holdout: Split,
    hashes: RowHashes | None,
    run: RunRecord,
    *,
    report: CandidateReport,
    reference: bytes | None = None,
    key: "SigningKey | None" = None,
) -> Manifest:
    """Publish the chosen candidate, signed with *key*. On return it is complete and durable.

    Without *hashes* it is not known which rows the model has seen.
    *reference* has the bytes of reference.json; without it production is never compared.
    Raises StoreWriteError if nothing was published, DatasetError if a file would be too large.
    """
    exported = choice.exported
    started = time.perf_counter()
    try:
        encoded = encode_holdout(Holdout(holdout.rows, holdout.target, holdout.times, holdout.kept))
        rows = None if hashes is None else encode_row_hashes(hashes)
    except DocumentError as error:
        raise DatasetError(f"{error} Train on fewer rows.") from error
    files = {**exported.files, HOLDOUT: encoded}
    if rows is not None:
        files[ROWS] = rows
    files[REPORT] = require_small_report(report.encode())
    if reference is not None:
        files[REFERENCE] = reference
    classes = len(exported.artefact.classes)
    costs = make_table(run.costs, exported.artefact.classes)
    holdout_metrics = report_scores(holdout.target, exported.holdout, classes, costs)
    holdout_metrics[run.metric] = score(
        run.metric, holdout.target, exported.holdout, classes, costs
    )
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
    manifest = fit_manifest(manifest, reserved=_PAGE_DESCRIPTOR_BYTES)
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
    with contextlib.suppress(StoreWriteError):  # publishing reports a failing disk
        store.candidates.remove_leftovers()
    decided = [name for name in store.candidates.ids() if log.is_decided(name)]
    kept = _candidates_of_kept_models(store, log)
    removable = [name for name in decided if name not in kept]
    for candidate_id in removable[: max(0, len(decided) - keep + 1)]:
        # Another trainer may have removed it.
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
        REFERENCE: JSON_MEDIA_TYPE,
        REPORT: JSON_MEDIA_TYPE,
    }
    return tuple(
        known.get(name) or Descriptor.describe(name, media_types[name], data)
        for name, data in files.items()
    )
