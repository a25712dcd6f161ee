"""An evaluator that notes how long its evaluations take."""

import time
from collections.abc import Sequence

from gatekeeper.api.prometheus import EVALUATION_SECONDS
from gatekeeper.evidence.comparison_messages import ComparisonRequest, ComparisonResult
from gatekeeper.evidence.evaluation_messages import Evaluator, ScoringRequest, ScoringResult
from shared.http.prometheus_text import observe


class TimedEvaluator:
    """Leaves the work to another evaluator."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._sample = [0.0] * EVALUATION_SECONDS.length

    @property
    def sample(self) -> list[float]:
        """The times so far, as a sample of EVALUATION_SECONDS; from any thread."""
        return self._sample.copy()

    def prepare(self) -> None:
        """Get ready for the next evaluation; raises EvaluationUnavailableError."""
        self._evaluator.prepare()

    def close(self) -> None:
        """There will be no other evaluation."""
        self._evaluator.close()

    def evaluate(self, jobs: Sequence[ScoringRequest]) -> list[ScoringResult]:
        """Evaluate, and note the time; what has no result does not count."""
        started = time.monotonic()
        found = self._evaluator.evaluate(jobs)
        observe(self._sample, EVALUATION_SECONDS.bounds, time.monotonic() - started)
        return found

    def compare(self, question: ComparisonRequest) -> ComparisonResult:
        """Compare what was evaluated."""
        return self._evaluator.compare(question)
