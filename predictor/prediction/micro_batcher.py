"""Gathers what arrives in one turn of the event loop into one model call.

No timer and no added wait: the call is made as soon as every socket that was ready has been
read. While a thread computes, for a slow model or a body of many rows, what arrives waits for
the next call.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from itertools import groupby
from operator import itemgetter
from typing import Any, Protocol, TypeAlias

import numpy.typing as npt

from predictor.codec.reply import PREDICT_PATH, Reply, internal_error_reply, stopping_reply
from predictor.lifecycle.served_model import PredictionCounter, ServedModel
from predictor.metrics.recorder import MetricsRecorder
from predictor.prediction.request_batch import RequestBatch, predict_batch
from shared.inference.servable import AnyRows

logger = logging.getLogger(__name__)


class ReplyTarget(Protocol):
    """Where an answer goes."""

    def deliver(self, reply: Reply) -> None:
        """Take one reply. Those of one sink come in the order in which it asked."""


class ModelSource(Protocol):
    """Who knows what is served now."""

    served: ServedModel | None


_PendingRequest: TypeAlias = tuple[ServedModel | None, bytes, ReplyTarget]
_served_model = itemgetter(0)


class MicroBatcher:
    """Answers requests together, on the event loop or, where that would stall, in a thread."""

    def __init__(
        self,
        source: ModelSource,
        not_ready: Callable[[], Reply],
        thread: Executor,
        metrics: MetricsRecorder,
    ) -> None:
        self._source = source
        self._not_ready = not_ready
        self._thread = thread
        self._metrics = metrics
        self._endpoint = metrics.endpoint(PREDICT_PATH)
        self._loop: asyncio.AbstractEventLoop
        self._waiting: list[_PendingRequest] = []
        self._in_thread: list[_PendingRequest] = []
        self._since = 0.0
        """When the first of those who wait asked; it stands for all of them."""
        self._is_due = False
        """Whether a turn is scheduled, or a thread computes."""

    def start(self) -> None:
        """Work on the running event loop, until `stop`."""
        self._loop = asyncio.get_running_loop()

    def submit(self, body: bytes, sink: ReplyTarget) -> None:
        """Answer *body* with what is served now; *sink* gets the reply, not before this returns."""
        if not self._waiting:
            self._since = time.perf_counter()
        self._waiting.append((self._source.served, body, sink))
        if not self._is_due:
            self._is_due = True
            self._loop.call_soon(self._answer_waiting)

    async def predict(self, body: bytes) -> Reply:
        """As `submit`, for callers that can wait."""
        future = self._loop.create_future()
        self.submit(body, _FutureTarget(future))
        reply: Reply = await future
        return reply

    def stop(self) -> None:
        """Tell everyone who still waits that this process ends."""
        left = self._in_thread + self._waiting
        self._in_thread, self._waiting = [], []
        self._deliver(left, [stopping_reply()] * len(left), self._since)

    def _answer_waiting(self) -> None:
        waiting, self._waiting, since = self._waiting, [], self._since
        try:
            asked = [*_split_by_version(waiting)]
        except Exception:
            logger.exception("Reading %d requests failed.", len(waiting))
            self._is_due = False
            self._deliver(waiting, [internal_error_reply()] * len(waiting), since)
            return
        if any(part.needs_thread for part in asked):
            self._in_thread = waiting
            future = self._loop.run_in_executor(
                self._thread, self._replies_to, asked, self._metrics.count_predictions
            )
            future.add_done_callback(lambda done: self._thread_is_done(done, since))
            return
        self._is_due = False
        calls: list[tuple[ServedModel, npt.NDArray[Any], AnyRows]] = []
        replies = self._replies_to(asked, lambda *call: calls.append(call))
        self._deliver(waiting, replies, since)
        for call in calls:  # those who wait have their answers
            self._metrics.count_predictions(*call)

    def _thread_is_done(self, future: "asyncio.Future[list[Reply]]", since: float) -> None:
        if future.cancelled() or not self._in_thread:  # `stop` has told them
            return
        asked, self._in_thread = self._in_thread, []
        self._deliver(asked, future.result(), since)
        self._is_due = bool(self._waiting)
        if self._is_due:
            self._answer_waiting()

    def _replies_to(self, asked: Sequence[RequestBatch], count: PredictionCounter) -> list[Reply]:
        """One reply for each: whoever asked must not wait for ever, whatever goes wrong."""
        replies: list[Reply] = []
        for part in asked:
            try:
                if part.served is None:
                    replies += [self._not_ready()] * len(part.bodies)
                else:
                    replies += predict_batch(part.served, part, count)
            except Exception:
                logger.exception("Answering %d requests failed.", len(part.bodies))
                replies += [internal_error_reply()] * len(part.bodies)
        return replies

    def _deliver(
        self, waiting: Sequence[_PendingRequest], replies: Sequence[Reply], since: float
    ) -> None:
        statuses = []
        for (_, _, sink), reply in zip(waiting, replies, strict=True):
            try:
                sink.deliver(reply)
            except Exception:
                logger.exception("An answer could not be delivered.")
            if type(sink) is not _FutureTarget:  # what the application has asked, it counts itself
                statuses.append(reply.status)
        self._endpoint.count_replies(statuses, time.perf_counter() - since)


def _split_by_version(waiting: Sequence[_PendingRequest]) -> Iterator[RequestBatch]:
    """What was asked of each version; versions only go forward, so those of one stand together."""
    if waiting[0][0] is waiting[-1][0]:
        yield RequestBatch.read(waiting[0][0], [body for _, body, _ in waiting])
        return
    for served, group in groupby(waiting, _served_model):
        yield RequestBatch.read(served, [body for _, body, _ in group])


class _FutureTarget:
    def __init__(self, future: "asyncio.Future[Reply]") -> None:
        self._future = future

    def deliver(self, reply: Reply) -> None:
        if not self._future.done():  # the request may have been given up
            self._future.set_result(reply)
