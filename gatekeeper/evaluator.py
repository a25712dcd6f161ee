"""Scoring models in child processes, one for each, several at the same time."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from gatekeeper.checks import LOADS
from gatekeeper.child import Child, ModelFailedError
from gatekeeper.evaluation import MAX_RESULT_BYTES, Evaluation, Job, decode_result, encode_job
from shared.errors import DocumentError

SCORER = "gatekeeper.scorer"
SPARES = 2
"""Processes that wait with their libraries loaded, which takes seconds: challenger, champion."""


class ChildEvaluator:
    """Scores in processes that are started ahead; used from one thread, with which they end."""

    def __init__(
        self, stopping: threading.Event, spares: int = SPARES, module: str = SCORER
    ) -> None:
        self._stopping = stopping
        self._module = module
        self._wanted = spares
        self._spares: list[Child] = []

    def prepare(self) -> None:
        """Start the processes that are missing; raises EvaluationUnavailableError."""
        for spare in [spare for spare in self._spares if not spare.is_alive]:
            self._spares.remove(spare)
            spare.end()
        while len(self._spares) < self._wanted:
            self._spares.append(self._start())

    def close(self) -> None:
        """End the processes that wait."""
        while self._spares:
            self._spares.pop().end()

    def evaluate(self, jobs: Sequence[Job]) -> list[Evaluation]:
        """Score several models at the same time; the answers are in their order.

        Raises EvaluationUnavailableError when a process cannot begin, or *stopping* is set.
        """
        children: list[Child] = []
        try:
            while len(children) < len(jobs):
                children.append(self._spares.pop() if self._spares else self._start())
            with ThreadPoolExecutor(len(jobs), thread_name_prefix="evaluation") as threads:
                return list(threads.map(_evaluate, children, jobs))
        finally:
            for child in children:
                child.end()

    def _start(self) -> Child:
        return Child(self._module, self._stopping)


def _evaluate(child: Child, job: Job) -> Evaluation:
    try:
        return decode_result(child.ask(encode_job(job), job.seconds, MAX_RESULT_BYTES))
    except (ModelFailedError, DocumentError) as error:
        return Evaluation(None, {LOADS: str(error)})
