"""One worker process: threads follow the registry, and write heartbeats, counts and the log."""

import logging
import threading
import time
from dataclasses import replace
from functools import partial

from predictor.codec.reply import PREDICT_PATH, Reply, draining_reply, not_ready_reply, stuck_reply
from predictor.lifecycle.call_watch import CallWatch, WatchedServable
from predictor.lifecycle.departure import Departure
from predictor.lifecycle.heartbeat_writer import HeartbeatWriter, WorkerReport, make_worker_name
from predictor.lifecycle.loader import LoadedModel, ModelLoader
from predictor.lifecycle.logged_registries import list_registries
from predictor.lifecycle.manager import ModelManager, WorkerStatus
from predictor.lifecycle.quarantine import Quarantine
from predictor.lifecycle.registry_watcher import RegistryWatcher
from predictor.lifecycle.served_model import ServedModel
from predictor.lifecycle.signed_registry import SignedRegistry
from predictor.lifecycle.vital_signs import VitalSigns
from predictor.live.live_counter import LiveCounter
from predictor.live.live_writer import COLLECT_SECONDS, LiveWriter
from predictor.live.version_bins import read_bins
from predictor.metrics.recorder import MetricsRecorder
from predictor.prediction.prediction_spans import PredictionSpans
from predictor.prediction.single_request import answer_request
from predictor.prediction_log.prediction_log import PredictionLog
from predictor.settings import PredictorSettings
from predictor.supervision.worker_post import WorkerPost
from shared.contract.signatures import known_keys
from shared.inference.servable import AnyRows, Predictions
from shared.settings import CommonSettings
from shared.store.store import open_store
from shared.tracing.traceparent import current_traceparent
from shared.volume.poll_pace import PollPace

logger = logging.getLogger(__name__)

_STOP_SECONDS = 1.0


class PredictionWorker:
    """The model and the status of one process, for the HTTP layer."""

    def __init__(
        self,
        settings: PredictorSettings,
        common: CommonSettings,
        metrics: MetricsRecorder,
        post: WorkerPost,
    ) -> None:
        store = open_store(common.store_dir)
        self._loader = ModelLoader(
            store.models,
            allow_joblib=common.allow_joblib,
            ignores_extra=settings.extra_features == "ignore",
            hides_categories=settings.categories == "hide",
            max_rows=settings.max_rows,
        )
        self._models = store.models
        self.name = make_worker_name()
        self.metrics = metrics
        self.spans = PredictionSpans.create()
        """None if this process sends no spans."""
        self._pace = PollPace(settings.poll_seconds)
        keys = known_keys(settings.gatekeeper_keys)
        signed = SignedRegistry(store.layout, keys) if keys is not None else None
        self._watcher = RegistryWatcher(store.registry, signed)
        self._heartbeat = HeartbeatWriter(
            store.heartbeats, self.name, self._report, settings.heartbeat_seconds
        )
        period = min(COLLECT_SECONDS, settings.heartbeat_seconds)
        self.live = LiveCounter(round(settings.live_rows_per_second * period))
        self._live_writer = LiveWriter(
            store.layout,
            self.name,
            self.live,
            metrics.live,
            write_seconds=settings.heartbeat_seconds,
            keep_days=common.gatekeeper_live_days,
        )
        self.log = PredictionLog(settings, store.layout, self.name, metrics.log)
        self.vital_signs = VitalSigns(
            CallWatch(post.record), settings.call_seconds, settings.poll_seconds
        )
        self.departure = Departure(post)
        self._quarantine = Quarantine(
            post.records,
            signed.logged if signed is not None else partial(list_registries, store.layout),
            store.models.has,
        )
        self.manager = ModelManager(
            self._load,
            quarantine=self._quarantine,
            before_swap=self._prepare,
            on_change=self._report_change,
            on_reload=self.metrics.count_reload,
        )
        self._file_problem: str | None = None
        self._reporting = threading.Lock()
        self._stopping = threading.Event()
        self._has_polled = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="follow-registry", daemon=True)

    def answer(self, body: bytes) -> Reply:
        """Answer one prediction request with the model served now, from any thread."""
        served = self.served
        if served is None:
            return self.not_ready_reply()
        return answer_request(served, body, self.count_predictions, self.log.rows, in_pieces=True)

    def count_predictions(
        self, served: ServedModel, predictions: Predictions, rows: AnyRows
    ) -> None:
        """Count one model call, from any thread."""
        self.metrics.count_predictions(served, predictions, rows)
        self.live.count_rows(served, predictions, rows)

    def count_reply(self, reply: Reply, since: float, route: str = PREDICT_PATH) -> None:
        """Count the reply to a request for predictions; *since* is when the request arrived.

        A reply that no model made counts for the version that is served now. A sampled request
        gets a span.
        """
        served, now = self.served, time.perf_counter()
        version = reply.version or (served.version if served else 0)
        self.live.count_replies(version, (reply.status,), now - since)
        if reply.is_not_finite:
            self.live.count_not_finite(version)
        if self.spans is not None:
            self.spans.send(current_traceparent.get(), route, reply, since, now)

    @property
    def served(self) -> ServedModel | None:
        """The model served now. Take it once for a reply: it is replaced, never changed."""
        return self.manager.served

    @property
    def status(self) -> WorkerStatus:
        """The desired version, the served model and the last errors."""
        status, problem = self.manager.status, self._file_problem
        return status if problem is None else replace(status, file_problem=problem)

    @property
    def last_error(self) -> str | None:
        """The present problem of this worker, for people."""
        return self.vital_signs.stalled_call or self.status.last_error

    @property
    def is_ready(self) -> bool:
        """Whether a prediction would be answered now, and in the next seconds."""
        return (
            self.served is not None
            and self.vital_signs.stalled_call is None
            and not self.departure.is_draining
        )

    def not_ready_reply(self) -> Reply:
        """Make the reply of a worker without a model, with a stuck call, or that stops soon."""
        if self.served is not None and (stalled := self.vital_signs.stalled_call) is not None:
            return stuck_reply(stalled)
        if self.departure.is_draining:
            return draining_reply()
        return not_ready_reply(self._without_model())

    def _without_model(self) -> str:
        status = self.manager.status
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
        self._live_writer.start()
        self.log.start()
        self._thread.start()
        self._has_polled.wait(patience_seconds)
        logger.info("Worker %s started", self.name)

    def stop(self) -> None:
        """Stop all threads, write the last counts, and remove the heartbeat."""
        logger.info("Worker %s stops", self.name)
        self._stopping.set()
        deadline = time.monotonic() + _STOP_SECONDS
        self.log.ask_to_stop()
        self._live_writer.stop(_STOP_SECONDS)
        self.log.stop(_STOP_SECONDS)
        self._thread.join(max(0.0, deadline - time.monotonic()))
        self._heartbeat.stop()

    def report_file_problem(self, problem: str | None) -> None:
        """Report why the content of a followed file is not used; None if all are."""
        if problem != self._file_problem:
            self._file_problem = problem
            self._report_change()

    def _load(self, digest: str) -> LoadedModel:
        watch = self.vital_signs.watch
        with watch.loading(digest):
            model = self._loader.load(digest)
        return replace(model, servable=WatchedServable(model.servable, digest, watch))

    def _prepare(self, served: ServedModel) -> None:
        bins = read_bins(self._models.directory(served.model.digest), served.model.artefact)
        self.live.serve(served.version, served.model.digest, bins)
        if self.spans is not None:
            self.spans.note_model(served.version, served.model.digest)
        self.log.serve(served)

    def _report(self) -> WorkerReport:
        return WorkerReport(
            self.status, self.last_error, self._quarantine.digests, self.vital_signs.standstill
        )

    def _report_change(self) -> None:
        with self._reporting:
            self.metrics.show_status(self.status)
        self._heartbeat.beat_now()

    def _follow(self) -> None:
        logged = ""
        while not self._stopping.is_set():
            try:
                with self._pace.look():
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
            self.vital_signs.note_followed()
            self._stopping.wait(self._pace.wait_seconds)
