"""Collect the requests that arrive in one turn of the event loop into one model call.

There is no timer and no added delay: the call begins as soon as every ready socket was read.
While a thread computes, for a slow model or many rows, new requests wait for the next call.
"""

import asyncio
import contextvars
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from itertools import groupby
from operator import itemgetter
from typing import Protocol, TypeAlias

from predictor.codec.reply import PREDICT_PATH, Reply, internal_error_reply, stopping_reply
from predictor.lifecycle.served_model import PredictionCounter, ServedModel
from predictor.live.live_counter import LiveCounter
from predictor.metrics.recorder import MetricsRecorder
from predictor.prediction.request_batch import RequestBatch, predict_batch
from predictor.prediction_log.row_log import RowLog
from shared.inference.servable import AnyRows, Predictions
from shared.tracing.traceparent import describe_traces

logger = logging.getLogger(__name__)


class ReplyTarget(Protocol):
    """The receiver of a reply, such as a connection."""

    def deliver(self, reply: Reply) -> None:
        """Take one reply. Replies for one target arrive in the order of its requests."""


class ModelSource(Protocol):
    """An object that has the served model."""

    served: ServedModel | None


_PendingRequest: TypeAlias = tuple[ServedModel | None, bytes, ReplyTarget]


class MicroBatcher:
    """Answers requests together: on the event loop, or in a thread if that would block it."""

    def __init__(
        self,
        source: ModelSource,
        make_not_ready: Callable[[], Reply],
        thread: Executor,
        metrics: MetricsRecorder,
        live: LiveCounter,
        *,
        log: RowLog | None = None,
    ) -> None:
        self._source = source
        self._make_not_ready = make_not_ready
        self._thread = thread
        self._metrics = metrics
        self._live = live
        self._log = log
        self._endpoint = metrics.endpoint(PREDICT_PATH)
        self._loop: asyncio.AbstractEventLoop
        self._pending: list[_PendingRequest] = []
        self._in_thread: list[_PendingRequest] = []
        self._since = 0.0
        """When the first pending request arrived; counts for all of them."""
        # A turn answers many requests. The one that begins it must not lend its context to others.
        self._context = contextvars.Context()
        self._is_due = False
        """Whether a turn is scheduled, or a thread computes."""

    def start(self) -> None:
        """Work on the running event loop, until `stop`."""
        self._loop = asyncio.get_running_loop()

    def submit(self, body: bytes, target: ReplyTarget) -> None:
        """Answer *body* with the model served now; *target* gets the reply after this returns."""
        if not self._pending:
            self._since = time.perf_counter()
        self._pending.append((self._source.served, body, target))
        if not self._is_due:
            self._is_due = True
            self._loop.call_soon(self._answer_pending, context=self._context)

    async def predict(self, body: bytes) -> Reply:
        """Submit *body* and wait for the reply."""
        future = self._loop.create_future()
        self.submit(body, _FutureTarget(future))
        reply: Reply = await future
        return reply

    def stop(self) -> None:
        """Tell all waiting clients that this process is stopping."""
        pending = self._in_thread + self._pending
        self._in_thread, self._pending = [], []
        self._deliver(pending, [stopping_reply()] * len(pending), self._since)

    def _answer_pending(self) -> None:
        pending, self._pending, since = self._pending, [], self._since
        try:
            batches = [*_split_by_version(pending)]
        except Exception:
            traces = describe_traces(body for _, body, _ in pending)
            logger.exception("Reading %d requests failed.", len(pending), extra=traces)
            self._is_due = False
            self._deliver(pending, [internal_error_reply()] * len(pending), since)
            return
        if any(batch.needs_thread for batch in batches):
            self._in_thread = pending
            future = self._loop.run_in_executor(
                self._thread, self._answer_batches, batches, self._count_predictions
            )
            future.add_done_callback(lambda done: self._finish_thread(done, since))
            return
        self._is_due = False
        calls: list[tuple[ServedModel, Predictions, AnyRows]] = []
        replies = self._answer_batches(batches, lambda *call: calls.append(call))
        self._deliver(pending, replies, since)
        for call in calls:  # after the replies, so that no client waits for metrics
            self._count_predictions(*call)

    def _count_predictions(
        self, served: ServedModel, predictions: Predictions, rows: AnyRows
    ) -> None:
        self._metrics.count_predictions(served, predictions, rows)
        self._live.count_rows(served, predictions, rows)

    def _finish_thread(self, future: "asyncio.Future[list[Reply]]", since: float) -> None:
        if future.cancelled() or not self._in_thread:  # `stop` has replied already
            return
        pending, self._in_thread = self._in_thread, []
        self._deliver(pending, future.result(), since)
        self._is_due = bool(self._pending)
        if self._is_due:
            self._answer_pending()

    def _answer_batches(
        self, batches: Sequence[RequestBatch], count: PredictionCounter
    ) -> list[Reply]:
        """Make one reply for each request, also after an error: no client may wait forever."""
        replies: list[Reply] = []
        for batch in batches:
            try:
                if batch.served is None:
                    replies += [self._make_not_ready()] * len(batch.bodies)
                else:
                    replies += predict_batch(batch.served, batch, count, self._log)
            except Exception:
                traces = describe_traces(batch.bodies)
                logger.exception("Answering %d requests failed.", len(batch.bodies), extra=traces)
                reply = internal_error_reply().made_by(_find_version(batch.served))
                replies += [reply] * len(batch.bodies)
        return replies

    def _deliver(
        self, pending: Sequence[_PendingRequest], replies: Sequence[Reply], since: float
    ) -> None:
        statuses = []
        for (_, _, target), reply in zip(pending, replies, strict=True):
            try:
                target.deliver(reply)
            except Exception:
                logger.exception("A reply could not be delivered.")
            if type(target) is not _FutureTarget:  # the application counts its own requests
                statuses.append(reply.status)
                if reply.is_not_finite:
                    self._live.count_not_finite(reply.version)
        seconds = time.perf_counter() - since
        self._endpoint.count_replies(statuses, seconds)
        if pending and pending[0][0] is pending[-1][0]:
            self._live.count_replies(_find_version(pending[0][0]), statuses, seconds)
            return
        for served, group in groupby(zip(pending, replies, strict=True), lambda pair: pair[0][0]):
            plain = [reply.status for (*_, to), reply in group if type(to) is not _FutureTarget]
            self._live.count_replies(_find_version(served), plain, seconds)


def _find_version(served: ServedModel | None) -> int:
    return 0 if served is None else served.version


def _split_by_version(pending: Sequence[_PendingRequest]) -> Iterator[RequestBatch]:
    """Make one batch for each version. Versions only increase, so equal ones are neighbours."""
    if pending[0][0] is pending[-1][0]:
        yield RequestBatch.read(pending[0][0], [body for _, body, _ in pending])
        return
    for served, group in groupby(pending, itemgetter(0)):
        yield RequestBatch.read(served, [body for _, body, _ in group])


class _FutureTarget:
    def __init__(self, future: "asyncio.Future[Reply]") -> None:
        self._future = future

    def deliver(self, reply: Reply) -> None:
        if not self._future.done():  # the request may be cancelled
            self._future.set_result(reply)
