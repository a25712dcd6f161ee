"""Scoring models in child processes, one for each, and comparing their answers in one more."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

from gatekeeper.evaluation.child_process import ChildProcess, ModelFailedError
from gatekeeper.evidence import check_ids
from gatekeeper.evidence.comparison_messages import (
    MAX_COMPARISON_BYTES,
    ComparisonRequest,
    ComparisonResult,
    decode_comparison,
    encode_comparison,
)
from gatekeeper.evidence.evaluation_messages import (
    MAX_RESULT_BYTES,
    ScoringRequest,
    ScoringResult,
    decode_result,
    encode_request,
)
from shared.errors import DocumentError

SCORER = "gatekeeper.sandbox.scorer"
COMPARER = "gatekeeper.sandbox.comparer"
SPARES = 2
"""Processes that wait with their libraries loaded, which takes seconds: challenger, champion."""


class ProcessEvaluator:
    """Works in processes that are started ahead; used from one thread, with which they end."""

    def __init__(
        self,
        stopping: threading.Event,
        spares: int = SPARES,
        module: str = SCORER,
        comparers: int = 1,
        observe_seconds: Callable[[float], object] = lambda _seconds: None,
    ) -> None:
        self._scorers = _SparePool(module, spares, stopping)
        self._comparers = _SparePool(COMPARER, comparers, stopping)
        self._observe_seconds = observe_seconds

    def prepare(self) -> None:
        """Start the processes that are missing; raises EvaluationUnavailableError."""
        self._scorers.prepare()
        self._comparers.prepare()

    def close(self) -> None:
        """End the processes that wait."""
        self._scorers.close()
        self._comparers.close()

    def evaluate(self, jobs: Sequence[ScoringRequest]) -> list[ScoringResult]:
        """Score several models at the same time; the answers are in their order.

        Raises EvaluationUnavailableError when a process cannot begin, or *stopping* is set.
        """
        with self._timed(), ExitStack() as stack:
            children: list[ChildProcess] = []
            while len(children) < len(jobs):
                children.append(self._scorers.take())
                stack.callback(children[-1].end)
            with ThreadPoolExecutor(len(jobs), "evaluation") as threads:
                return list(threads.map(_evaluate, children, jobs))

    @contextmanager
    def _timed(self) -> Iterator[None]:
        """Observe the seconds of an evaluation that succeeds."""
        started = time.monotonic()
        yield
        self._observe_seconds(time.monotonic() - started)

    def compare(self, question: ComparisonRequest) -> ComparisonResult:
        """Compare answers; raises as `evaluate` does."""
        child = self._comparers.take()
        try:
            line = child.exchange(
                encode_comparison(question), question.seconds, MAX_COMPARISON_BYTES
            )
            return decode_comparison(line)
        except (ModelFailedError, DocumentError) as error:
            return ComparisonResult(error=f"Comparing the answers failed: {error}")
        finally:
            child.end()


class _SparePool:
    """Processes of one kind that wait for their question."""

    def __init__(self, module: str, wanted: int, stopping: threading.Event) -> None:
        self._module = module
        self._wanted = wanted
        self._stopping = stopping
        self._idle: list[ChildProcess] = []

    def prepare(self) -> None:
        for spare in [spare for spare in self._idle if not spare.is_alive]:
            self._idle.remove(spare)
            spare.end()
        while len(self._idle) < self._wanted:
            self._idle.append(self._start())

    def take(self) -> ChildProcess:
        return self._idle.pop() if self._idle else self._start()

    def close(self) -> None:
        while self._idle:
            self._idle.pop().end()

    def _start(self) -> ChildProcess:
        return ChildProcess(self._module, self._stopping)


def _evaluate(child: ChildProcess, job: ScoringRequest) -> ScoringResult:
    try:
        return decode_result(child.exchange(encode_request(job), job.seconds, MAX_RESULT_BYTES))
    except (ModelFailedError, DocumentError) as error:
        return ScoringResult(None, {check_ids.GOLDEN_ROWS_REPRODUCED: str(error)})
