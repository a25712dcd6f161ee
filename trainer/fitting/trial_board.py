"""How one candidate stands while its settings are tried: the best so far, and what failed."""

from collections.abc import Mapping
from threading import Lock
from typing import Any

from shared.score_format import format_score
from trainer.candidates.candidate_table import Candidate
from trainer.candidates.estimator_text import describe_setting
from trainer.candidates.parameter_spaces import Setting
from trainer.fitting.trial import Attempt


class Standing:
    """One candidate and its trials: number 0 is the estimator as it was written.

    Of all fitted pipelines only the best is kept, so memory does not grow with the search. Which
    one that is does not depend on the order in which trials end: the first of equals is better.
    """

    def __init__(self, candidate: Candidate, drawn: list[Setting]) -> None:
        self.candidate = candidate
        self.trials: list[Mapping[str, Any]] = [{}, *drawn]
        self._lock = Lock()
        self._ended = 0
        self.searched = 0
        """Drawn settings that have ended."""
        self._best: tuple[int, Attempt] | None = None
        self._failures: dict[int, str] = {}
        self._as_written: float | None = None

    @property
    def drawn(self) -> int:
        """Settings that were drawn, beside the estimator as it was written."""
        return len(self.trials) - 1

    @property
    def is_over(self) -> bool:
        """Whether every trial has ended."""
        return self._ended == len(self.trials)

    @property
    def best(self) -> float | None:
        """The best score so far."""
        best = self._best
        return best[1].fitted.score if best and best[1].fitted else None

    def add(self, number: int, attempt: Attempt) -> None:
        """Take note of a trial that has ended; called from any thread."""
        with self._lock:
            self._ended += 1
            self.searched += number > 0
            if number == 0 and attempt.fitted is not None:
                self._as_written = attempt.fitted.score
            if attempt.result.error is not None:
                self._failures[number] = attempt.result.error
            if self._best is None or _rank(number, attempt) < _rank(*self._best):
                self._best = (number, attempt)

    def result(self) -> Attempt:
        """What stands for the candidate, with how many settings were tried."""
        assert self._best is not None  # noqa: S101 - there is always the trial number 0
        attempt = self._best[1]
        result = attempt.result.model_copy(update={"settings_tried": self.drawn})
        return Attempt(result, attempt.fitted)

    def describe_failures(self) -> str | None:
        """How many of the drawn settings failed, and the first of them as an example."""
        failed = sorted(number for number in self._failures if number)
        if not failed:
            return None
        setting = describe_setting(self.trials[failed[0]])
        return (
            f"{self.candidate.name}: {len(failed)} of {self.drawn} settings failed, such as "
            f"{setting}: {self._failures[failed[0]]}"
        )

    def describe_best(self, metric: str) -> str | None:
        """What the search found, for a candidate that was searched and fitted."""
        if not self.drawn or self._best is None or self.best is None:
            return None
        number = self._best[0]
        found = f"with {describe_setting(self.trials[number])}" if number else "as it was written"
        text = f"Searched {self.candidate.name}: {self.drawn} settings, best {metric} "
        text += f"{format_score(self.best)} {found}"
        if number and self._as_written is not None:
            text += f" ({format_score(self._as_written)} as it was written)"
        return text


def _rank(number: int, attempt: Attempt) -> tuple[float, int]:
    """What sorts better trials before worse ones."""
    return -attempt.fitted.score if attempt.fitted else float("inf"), number
