"""Score each model in a child process, and compare their predictions in another one."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

from gatekeeper.evaluation.child_process import ChildProcess, ModelFailedError
from gatekeeper.evaluation.fork_server import ForkServer
from gatekeeper.evaluation.step_progress import log_step
from gatekeeper.evidence import check_ids
from gatekeeper.evidence.child_messages import decode_result, encode_message
from gatekeeper.evidence.comparison_messages import (
    MAX_COMPARISON_BYTES,
    ComparisonRequest,
    ComparisonResult,
)
from gatekeeper.evidence.evaluation_messages import MAX_RESULT_BYTES, ScoringRequest, ScoringResult
from gatekeeper.evidence.live_requests import (
    MAX_LIVE_BYTES,
    MAX_REPLAY_BYTES,
    LiveComparisonRequest,
    ReplayRequest,
)
from gatekeeper.evidence.live_results import LiveResult, ReplayResult
from shared.errors import DocumentError

SCORER = "gatekeeper.sandbox.scorer"
COMPARER = "gatekeeper.sandbox.comparer"
REPLAYER = "gatekeeper.sandbox.live_rows.replayer"
LIVE_COMPARER = "gatekeeper.sandbox.live_rows.comparer"
_SCORER, _COMPARER, _REPLAYER, _LIVE_COMPARER = range(4)
"""Indices of the modules."""
_RESAMPLES = "resamples drawn"


class ProcessEvaluator:
    """An evaluator in child processes of a fork server.

    Use it from one thread only; the server and its children exit with it.
    """

    def __init__(
        self,
        stopping: threading.Event,
        scorer: str = SCORER,
        comparer: str = COMPARER,
        observe_seconds: Callable[[float], object] = lambda _seconds: None,
    ) -> None:
        """Take the modules of the children; the observer gets the seconds of each evaluation."""
        self._server = ForkServer((scorer, comparer, REPLAYER, LIVE_COMPARER))
        self._stopping = stopping
        self._observe_seconds = observe_seconds

    def prepare(self) -> None:
        """Start the fork server if it does not run; raises EvaluationUnavailableError."""
        self._server.prepare()

    def close(self) -> None:
        """End the fork server."""
        self._server.close()

    def evaluate(self, requests: Sequence[ScoringRequest]) -> list[ScoringResult]:
        """Score several models at the same time; return the results in order.

        Raises EvaluationUnavailableError when a process cannot begin, or *stopping* is set.
        """
        started = time.monotonic()
        with ExitStack() as stack:
            children = [stack.enter_context(self._fork(_SCORER)) for _ in requests]
            with ThreadPoolExecutor(len(requests), "evaluation") as threads:
                results = list(threads.map(_evaluate, children, requests))
        self._observe_seconds(time.monotonic() - started)
        return results

    def compare(self, request: ComparisonRequest) -> ComparisonResult:
        """Compare the predictions that `evaluate` left; raises as `evaluate` does."""
        step = log_step("Comparing the predictions", _RESAMPLES)
        with self._fork(_COMPARER) as child, step as progress:
            try:
                message = encode_message(request)
                line = child.exchange(
                    message, request.seconds, MAX_COMPARISON_BYTES, progress.observe
                )
                return decode_result(ComparisonResult, line)
            except (ModelFailedError, DocumentError) as error:
                return ComparisonResult(error=f"The comparison of the predictions failed: {error}")

    def replay(self, requests: Sequence[ReplayRequest]) -> list[ReplayResult]:
        """Let several models answer logged rows at the same time; raises as `evaluate` does."""
        with ExitStack() as stack:
            children = [stack.enter_context(self._fork(_REPLAYER)) for _ in requests]
            with ThreadPoolExecutor(len(requests), "replay") as threads:
                return list(threads.map(_replay, children, requests))

    def compare_live(self, request: LiveComparisonRequest) -> LiveResult:
        """Compare the answers that `replay` left; raises as `evaluate` does."""
        step = log_step("Comparing the answers to logged rows", _RESAMPLES)
        with self._fork(_LIVE_COMPARER) as child, step as progress:
            try:
                message = encode_message(request)
                line = child.exchange(message, request.seconds, MAX_LIVE_BYTES, progress.observe)
                return decode_result(LiveResult, line)
            except (ModelFailedError, DocumentError) as error:
                return LiveResult(error=f"The comparison of the answers failed: {error}")

    @contextmanager
    def _fork(self, index: int) -> Iterator[ChildProcess]:
        child = ChildProcess(self._server.fork(index), self._stopping)
        try:
            yield child
        finally:
            child.end()


def _evaluate(child: ChildProcess, request: ScoringRequest) -> ScoringResult:
    step = log_step(f"Scoring model {_shorten(request.digest)}", "rows predicted")
    with step as progress:
        try:
            message = encode_message(request)
            line = child.exchange(message, request.seconds, MAX_RESULT_BYTES, progress.observe)
            return decode_result(ScoringResult, line)
        except (ModelFailedError, DocumentError) as error:
            return ScoringResult(None, {check_ids.GOLDEN_ROWS_REPRODUCED: str(error)})


def _replay(child: ChildProcess, request: ReplayRequest) -> ReplayResult:
    step = log_step(f"Replaying logged rows on model {_shorten(request.digest)}", "rows tried")
    with step as progress:
        try:
            message = encode_message(request)
            line = child.exchange(message, request.seconds, MAX_REPLAY_BYTES, progress.observe)
            return decode_result(ReplayResult, line)
        except (ModelFailedError, DocumentError) as error:
            return ReplayResult(failure=str(error))


def _shorten(digest: str) -> str:
    return digest.removeprefix("sha256:")[:12]
