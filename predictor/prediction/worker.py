"""One worker process: two threads follow the registry and write heartbeats."""

import logging
import threading

from predictor.codec.reply import Reply, not_ready_reply
from predictor.lifecycle.heartbeat_writer import HeartbeatWriter, make_worker_name
from predictor.lifecycle.loader import ModelLoader
from predictor.lifecycle.manager import ModelManager, WorkerStatus
from predictor.lifecycle.registry_watcher import RegistryWatcher
from predictor.lifecycle.served_model import ServedModel
from predictor.lifecycle.signed_registry import SignedRegistry
from predictor.metrics.recorder import MetricsRecorder
from predictor.prediction.single_request import answer_request
from predictor.settings import PredictorSettings
from shared.contract.signatures import known_keys
from shared.settings import CommonSettings
from shared.store.store import open_store

logger = logging.getLogger(__name__)

_STOP_SECONDS = 1.0


class PredictionWorker:
    """The model and the status of one process, for the HTTP layer."""

    def __init__(
        self, settings: PredictorSettings, common: CommonSettings, metrics: MetricsRecorder
    ) -> None:
        store = open_store(common.store_dir)
        loader = ModelLoader(
            store.models,
            allow_joblib=common.allow_joblib,
            ignores_extra=settings.extra_features == "ignore",
            hides_categories=settings.categories == "hide",
        )
        self.name = make_worker_name()
        self.metrics = metrics
        self._poll_seconds = settings.poll_seconds
        keys = known_keys(settings.gatekeeper_keys)
        signed = SignedRegistry(store.layout, keys) if keys is not None else None
        self._watcher = RegistryWatcher(store.registry, signed)
        self._heartbeat = HeartbeatWriter(
            store.heartbeats, self.name, lambda: self.status, settings.heartbeat_seconds
        )
        self.manager = ModelManager(
            loader.load, on_change=self._report_change, on_reload=self.metrics.count_reload
        )
        self._stopping = threading.Event()
        self._has_polled = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="follow-registry", daemon=True)

    def answer(self, body: bytes) -> Reply:
        """Answer one prediction request with the model served now, from any thread."""
        served = self.served
        if served is None:
            return not_ready_reply(self.not_ready_reason)
        return answer_request(served, body, self.metrics.count_predictions)

    @property
    def served(self) -> ServedModel | None:
        """The model served now. Take it once for a reply: it is replaced, never changed."""
        return self.manager.served

    @property
    def status(self) -> WorkerStatus:
        """The desired version, the served model and the last errors."""
        return self.manager.status

    @property
    def not_ready_reason(self) -> str:
        """The message for clients while there is no model."""
        status = self.status
        if status.last_error is not None:
            return f"No model is served yet. {status.last_error}"
        if status.desired is not None:
            return f"No model is served yet: version {status.desired.version} is being loaded."
        return "No model is served yet: none has been promoted. Train one, then retry."

    def start(self, patience_seconds: float) -> None:
        """Start the threads and wait until the first model is loaded or has failed to load.

        So a worker that replaces a dead one takes no requests before it can predict. This
        returns after *patience_seconds* in any case; the worker is then live but not ready.
        """
        self._heartbeat.start()
        self._thread.start()
        self._has_polled.wait(patience_seconds)
        logger.info("Worker %s started", self.name)

    def stop(self) -> None:
        """Stop both threads and remove the heartbeat."""
        logger.info("Worker %s stops", self.name)
        self._stopping.set()
        self._thread.join(_STOP_SECONDS)
        self._heartbeat.stop()

    def _report_change(self) -> None:
        self.metrics.show_status(self.status)
        self._heartbeat.beat_now()

    def _follow(self) -> None:
        logged = ""
        while not self._stopping.is_set():
            try:
                observation = self._watcher.poll()
                if observation.problem is None:
                    self.metrics.note_registry_read()
                self.manager.reconcile(observation)
            except Exception as error:
                # This thread must survive every error: without it the worker never changes.
                if (message := repr(error)) != logged:
                    logger.exception("Following the registry failed; the worker retries.")
                    logged = message
            self._has_polled.set()
            self._stopping.wait(self._poll_seconds)
