"""Log each candidate of the store as a run: its manifest, its report and its model."""

import logging
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from shared.contract.documents import Manifest
from shared.contract.layout import MANIFEST, REPORT_PAGE
from shared.errors import ModelNotFoundError, StoreError
from shared.store.candidates import published_at
from shared.store.models import read_model
from shared.store.store import ModelStore
from shared.text import shorten, to_printable
from shared.volume.transient_errors import is_transient
from trainer.tracking.client import RefusedByMlflowError
from trainer.tracking.model_folder import write_model_folder
from trainer.tracking.run_content import MAX_TAG, PROBLEM, describe_run
from trainer.tracking.tracked_runs import HAS_MODEL, MODEL_FOLDER, TrackedRun, TrackedRuns

logger = logging.getLogger(__name__)

LOADABLE, NOT_LOADABLE = "loadable", "not loadable"
"""Values of the tag `HAS_MODEL`."""


class CandidateRuns:
    """The runs of the candidates of one store."""

    def __init__(self, store: ModelStore, runs: TrackedRuns) -> None:
        self._store = store
        self._runs = runs

    def log_new(self) -> None:
        """Log the candidates without a complete run, oldest first. Raises TrackingError."""
        for candidate_id in self._store.candidates.ids():
            if not self._runs.is_complete(candidate_id):
                self.log(candidate_id)

    def log(self, candidate_id: str) -> TrackedRun:
        """Return the run of a candidate, which is complete as far as the store has its files."""
        run = self._runs.find(candidate_id)
        if run is not None and (run.is_finished or run.is_deleted):
            return run
        try:
            manifest = self._store.candidates.manifest(candidate_id)
        except (StoreError, OSError) as error:
            if is_transient(error):
                raise
            return self._log_without_files(candidate_id, error)
        content = describe_run(manifest)
        name = f"{manifest.model_name} {candidate_id}"
        run = run or self._runs.create(candidate_id, name, content.begun)
        status = "FINISHED"
        try:
            self._runs.fill(run, content)
            self._runs.name_data(run, manifest.data.source, manifest.data.fingerprint)
            self._upload(run, manifest)
        except (RefusedByMlflowError, StoreError, OSError) as error:
            if is_transient(error):
                raise
            # Another attempt would fail too, and the runs after it would wait for ever.
            logger.warning("The run of %s is not complete: %s", candidate_id, to_printable(error))
            self._runs.tag(run, {PROBLEM: shorten(to_printable(error), MAX_TAG)})
            status = "FAILED"
        self._runs.finish(run, status, content.ended)
        logger.info("The candidate %s is run %s of MLflow.", candidate_id, run.run_id)
        return run

    def upload_production(self, run: TrackedRun, digest: str, at: datetime) -> None:
        """Give a run the model that was promoted, from the gatekeeper's copy, if it has none."""
        if run.model is None and not run.is_deleted:
            self._upload_model(run, self._store.models.directory(digest), digest, at)

    def _upload(self, run: TrackedRun, manifest: Manifest) -> None:
        candidate_id = manifest.candidate_id
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / MANIFEST).write_bytes(self._store.candidates.manifest_bytes(candidate_id))
            if report := manifest.find(REPORT_PAGE):
                self._store.candidates.copy(candidate_id, report, root / REPORT_PAGE)
            self._runs.upload(run, root)
        source = self._store.layout.candidate(candidate_id)
        self._upload_model(run, source, manifest.digest, manifest.created_at)

    def _upload_model(self, run: TrackedRun, source: Path, digest: str, at: datetime) -> None:
        model = read_model(source, digest)
        with tempfile.TemporaryDirectory() as folder:
            written = Path(folder) / MODEL_FOLDER
            is_loadable = write_model_folder(source, model, written, run_id=run.run_id, at=at)
            if is_loadable:
                self._runs.upload(run, written, MODEL_FOLDER)
        self._runs.tag(run, {HAS_MODEL: LOADABLE if is_loadable else NOT_LOADABLE})

    def _log_without_files(self, candidate_id: str, error: Exception) -> TrackedRun:
        """Log a candidate that the trainer removed meanwhile, or that is damaged."""
        was_removed = isinstance(error, ModelNotFoundError)
        problem = (
            "The trainer removed this candidate before MLflow got it. Only its decision is known."
            if was_removed
            else to_printable(error)
        )
        at = int((published_at(candidate_id) or datetime.now(UTC)).timestamp() * 1000)
        run = self._runs.find(candidate_id) or self._runs.create(candidate_id, candidate_id, at)
        self._runs.tag(run, {PROBLEM: shorten(problem, MAX_TAG)})
        self._runs.finish(run, "FINISHED" if was_removed else "FAILED", at)
        return run
