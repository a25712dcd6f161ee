"""Choose where a request is answered: on the event loop with others, or in a thread."""

from concurrent.futures import Executor

from predictor.codec.reply import Reply
from predictor.lifecycle.event_loop_budget import MAX_LOOP_BODY_BYTES, may_exceed_json_rows
from predictor.loop_turns import run_in_turns
from predictor.prediction.micro_batcher import MicroBatcher
from predictor.prediction.worker import PredictionWorker
from shared.tracing.traceparent import TracedBody, current_traceparent


class RequestAnswerer:
    """Answers bodies of POST /predict for the event loop.

    *large* and *slow* are the threads for large bodies, and for small ones with many rows.
    """

    def __init__(
        self, batcher: MicroBatcher, worker: PredictionWorker, *, large: Executor, slow: Executor
    ) -> None:
        self._batcher = batcher
        self._worker = worker
        self._large = large
        self._slow = slow

    async def answer(self, body: bytes) -> Reply:
        """Answer one body with the model served now."""
        is_large = len(body) > MAX_LOOP_BODY_BYTES
        if not is_large and not may_exceed_json_rows(body):
            return await self._batcher.predict(_mark(body))
        thread = self._large if is_large else self._slow
        return await run_in_turns(thread, self._worker.answer, body)


def _mark(body: bytes) -> bytes:
    """Add the request's traceparent: many requests are answered outside of their tasks."""
    traceparent = current_traceparent.get()
    return body if traceparent is None else TracedBody.mark(body, traceparent)
