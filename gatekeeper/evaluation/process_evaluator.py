"""Score each model in a child process, and compare their predictions in another one."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from gatekeeper.evaluation.child_process import ChildProcess, ModelFailedError
from gatekeeper.evidence import check_ids
from gatekeeper.evidence.child_messages import decode_result, encode_message
from gatekeeper.evidence.comparison_messages import (
    MAX_COMPARISON_BYTES,
    ComparisonRequest,
    ComparisonResult,
)
from gatekeeper.evidence.evaluation_messages import MAX_RESULT_BYTES, ScoringRequest, ScoringResult
from shared.errors import DocumentError

SCORER = "gatekeeper.sandbox.scorer"
COMPARER = "gatekeeper.sandbox.comparer"
SPARES = 2
"""Number of scoring processes that wait with loaded libraries: for challenger and champion."""


class ProcessEvaluator:
    """An evaluator with pre-started child processes.

    Use it from one thread only; the children exit with it.
    """

    def __init__(
        self,
        stopping: threading.Event,
        spares: int = SPARES,
        module: str = SCORER,
        comparers: int = 1,
        observe_seconds: Callable[[float], object] = lambda _seconds: None,
    ) -> None:
        """Prepare the pools; *observe_seconds* gets the duration of each successful evaluation."""
        self._scorers = _SparePool(module, spares, stopping)
        self._comparers = _SparePool(COMPARER, comparers, stopping)
        self._observe_seconds = observe_seconds

    def prepare(self) -> None:
        """Start the processes that are missing; raises EvaluationUnavailableError."""
        self._scorers.prepare()
        self._comparers.prepare()

    def close(self) -> None:
        """End the idle processes."""
        self._scorers.close()
        self._comparers.close()

    def evaluate(self, requests: Sequence[ScoringRequest]) -> list[ScoringResult]:
        """Score several models at the same time; return the results in order.

        Raises EvaluationUnavailableError when a process cannot begin, or *stopping* is set.
        """
        started = time.monotonic()
        with ExitStack() as stack:
            children: list[ChildProcess] = []
            while len(children) < len(requests):
                children.append(self._scorers.take())
                stack.callback(children[-1].end)
            with ThreadPoolExecutor(len(requests), "evaluation") as threads:
                results = list(threads.map(_evaluate, children, requests))
        self._observe_seconds(time.monotonic() - started)
        return results

    def compare(self, request: ComparisonRequest) -> ComparisonResult:
        """Compare the predictions that `evaluate` left; raises as `evaluate` does."""
        child = self._comparers.take()
        try:
            line = child.exchange(encode_message(request), request.seconds, MAX_COMPARISON_BYTES)
            return decode_result(ComparisonResult, line)
        except (ModelFailedError, DocumentError) as error:
            return ComparisonResult(error=f"The comparison of the predictions failed: {error}")
        finally:
            child.end()


class _SparePool:
    """Idle processes of one module, each for one request."""

    def __init__(self, module: str, size: int, stopping: threading.Event) -> None:
        self._module = module
        self._size = size
        self._stopping = stopping
        self._idle: list[ChildProcess] = []

    def prepare(self) -> None:
        for spare in [spare for spare in self._idle if not spare.is_alive]:
            self._idle.remove(spare)
            spare.end()
        while len(self._idle) < self._size:
            self._idle.append(self._start())

    def take(self) -> ChildProcess:
        return self._idle.pop() if self._idle else self._start()

    def close(self) -> None:
        while self._idle:
            self._idle.pop().end()

    def _start(self) -> ChildProcess:
        return ChildProcess(self._module, self._stopping)


def _evaluate(child: ChildProcess, request: ScoringRequest) -> ScoringResult:
    try:
        line = child.exchange(encode_message(request), request.seconds, MAX_RESULT_BYTES)
        return decode_result(ScoringResult, line)
    except (ModelFailedError, DocumentError) as error:
        return ScoringResult(None, {check_ids.GOLDEN_ROWS_REPRODUCED: str(error)})
