"""Gathers what arrives in one turn of the event loop into one model call.

No timer and no added wait: the call is made as soon as every socket that was ready has been
read. While a thread computes, for a slow model or a body of many rows, what arrives waits for
the next call.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from itertools import groupby
from operator import itemgetter
from typing import Any, Protocol, TypeAlias

import numpy.typing as npt

from predictor.loop_budget import MOST_ROWS
from predictor.metrics.recorder import Recorder
from predictor.openapi import PREDICT
from predictor.replies import Reply, internal_error, stopping
from predictor.served import Count, Served
from predictor.together import answer_together
from shared.servable import AnyRows

_AROUND_ROWS = 2
"""Brackets that open around the rows of a body."""

logger = logging.getLogger(__name__)


class Sink(Protocol):
    """Where an answer goes."""

    def deliver(self, reply: Reply) -> None:
        """Take one reply. Those of one sink come in the order in which it asked."""


class Source(Protocol):
    """Who knows what is served now."""

    served: Served | None


_Waiting: TypeAlias = tuple[Served | None, list[float] | None, bytes, Sink]
_SERVED = itemgetter(0)


class Gatherer:
    """Answers requests together, on the event loop or, where that would stall, in a thread."""

    def __init__(
        self,
        source: Source,
        not_ready: Callable[[], Reply],
        thread: Executor,
        metrics: Recorder,
    ) -> None:
        self._source = source
        self._not_ready = not_ready
        self._thread = thread
        self._metrics = metrics
        self._endpoint = metrics.endpoint(PREDICT)
        self._loop: asyncio.AbstractEventLoop
        self._waiting: list[_Waiting] = []
        self._in_thread: list[_Waiting] = []
        self._since = 0.0
        """When the first of those who wait asked; it stands for all of them."""
        self._is_due = False
        """Whether a turn is scheduled, or a thread computes."""
        self._is_long = False
        """Whether what waits would stall the event loop."""

    def start(self) -> None:
        """Work on the running event loop, until `stop`."""
        self._loop = asyncio.get_running_loop()

    def submit(self, body: bytes, sink: Sink) -> None:
        """Answer *body* with what is served now; *sink* gets the reply, not before this returns."""
        served, row, waiting = self._source.served, None, self._waiting
        if not waiting:
            self._since = time.perf_counter()
        if served is not None:
            model = served.model
            row = model.reader.read_one(body)
            if model.is_slow or (row is None and _may_hold_too_many_rows(body)):
                self._is_long = True
        waiting.append((served, row, body, sink))
        if not self._is_due:
            self._is_due = True
            self._loop.call_soon(self._answer_waiting)

    async def ask(self, body: bytes) -> Reply:
        """As `submit`, for callers that can wait."""
        future = self._loop.create_future()
        self.submit(body, _FutureSink(future))
        reply: Reply = await future
        return reply

    def stop(self) -> None:
        """Tell everyone who still waits that this process ends."""
        left = self._in_thread + self._waiting
        self._in_thread, self._waiting = [], []
        self._deliver(left, [stopping()] * len(left), self._since)

    def _answer_waiting(self) -> None:
        waiting, self._waiting, since = self._waiting, [], self._since
        if self._is_long:
            self._is_long = False
            self._in_thread = waiting
            future = self._loop.run_in_executor(
                self._thread, self._replies_to, waiting, self._metrics.predicted
            )
            future.add_done_callback(lambda done: self._thread_is_done(done, since))
            return
        self._is_due = False
        calls: list[tuple[Served, npt.NDArray[Any], AnyRows]] = []
        replies = self._replies_to(waiting, lambda *call: calls.append(call))
        self._deliver(waiting, replies, since)
        for call in calls:  # those who wait have their answers
            self._metrics.predicted(*call)

    def _thread_is_done(self, future: "asyncio.Future[list[Reply]]", since: float) -> None:
        if future.cancelled() or not self._in_thread:  # `stop` has told them
            return
        asked, self._in_thread = self._in_thread, []
        self._deliver(asked, future.result(), since)
        self._is_due = bool(self._waiting)
        if self._is_due:
            self._answer_waiting()

    def _replies_to(self, waiting: Sequence[_Waiting], count: Count) -> list[Reply]:
        """One reply for each: whoever asked must not wait for ever, whatever goes wrong."""
        replies: list[Reply] = []
        # Versions only go forward: those who asked the same one stand side by side.
        for served, group in groupby(waiting, _SERVED):
            _, rows, bodies, _ = zip(*group, strict=True)
            try:
                if served is None:
                    replies += [self._not_ready()] * len(bodies)
                else:
                    replies += answer_together(served, rows, bodies, count)
            except Exception:
                logger.exception("Answering %d requests failed.", len(bodies))
                replies += [internal_error()] * len(bodies)
        return replies

    def _deliver(self, waiting: Sequence[_Waiting], replies: Sequence[Reply], since: float) -> None:
        statuses = []
        for (_, _, _, sink), reply in zip(waiting, replies, strict=True):
            try:
                sink.deliver(reply)
            except Exception:
                logger.exception("An answer could not be delivered.")
            if type(sink) is not _FutureSink:  # what the application has asked, it counts itself
                statuses.append(reply.status)
        self._endpoint.answered_together(statuses, time.perf_counter() - since)


def _may_hold_too_many_rows(body: bytes) -> bool:
    """Each row has a bracket of its own."""
    return body.count(b"[") + body.count(b"{") > MOST_ROWS + _AROUND_ROWS


class _FutureSink:
    def __init__(self, future: "asyncio.Future[Reply]") -> None:
        self._future = future

    def deliver(self, reply: Reply) -> None:
        if not self._future.done():  # the request may have been given up
            self._future.set_result(reply)
