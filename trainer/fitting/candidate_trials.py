"""The trials of one candidate: its settings, the best trial so far, and the failures."""

from collections.abc import Mapping
from threading import Lock
from typing import Any

from shared.metric_text import name_metric, show_score
from trainer.candidates.candidate_table import Candidate
from trainer.candidates.estimator_text import describe_setting
from trainer.candidates.parameter_spaces import Setting
from trainer.fitting.trial import Trial


class CandidateTrials:
    """One candidate and the settings to try. Setting 0 is the estimator as written.

    It keeps only the best fitted pipeline, so memory does not grow with the search. The result
    does not depend on the order in which trials end: among equals, the first setting wins.
    """

    def __init__(self, candidate: Candidate, drawn: list[Setting]) -> None:
        self.candidate = candidate
        self.settings: list[Mapping[str, Any]] = [{}, *drawn]
        self._lock = Lock()
        self._finished = 0
        self.drawn_finished = 0
        """Drawn settings whose trials have ended."""
        self._best: tuple[int, Trial] | None = None
        self._failures: dict[int, str] = {}
        self._score_as_written: float | None = None

    @property
    def drawn(self) -> int:
        """Number of drawn settings, without the estimator as written."""
        return len(self.settings) - 1

    @property
    def is_finished(self) -> bool:
        """Whether every trial has ended."""
        return self._finished == len(self.settings)

    @property
    def best_score(self) -> float | None:
        """The best score so far."""
        best = self._best
        return best[1].fitted.score if best and best[1].fitted else None

    def record(self, number: int, trial: Trial) -> None:
        """Record the ended trial of setting *number*. Any thread may call this."""
        with self._lock:
            self._finished += 1
            self.drawn_finished += number > 0
            if number == 0 and trial.fitted is not None:
                self._score_as_written = trial.fitted.score
            if trial.result.error is not None:
                self._failures[number] = trial.result.error
            if self._best is None or _sort_key(number, trial) < _sort_key(*self._best):
                self._best = (number, trial)

    def best_trial(self) -> Trial:
        """Return the best trial, with the number of settings tried."""
        assert self._best is not None  # noqa: S101 - trial 0 always exists
        trial = self._best[1]
        result = trial.result.model_copy(update={"settings_tried": self.drawn})
        return Trial(result, trial.fitted)

    def describe_failures(self) -> str | None:
        """Report how many drawn settings failed, with the first one as an example."""
        failed = sorted(number for number in self._failures if number)
        if not failed:
            return None
        setting = describe_setting(self.settings[failed[0]])
        return (
            f"{self.candidate.name}: {len(failed)} of {self.drawn} settings failed, such as "
            f"{setting}: {self._failures[failed[0]]}"
        )

    def describe_best(self, metric: str) -> str | None:
        """Report the best setting; None without a search or a fitted candidate."""
        if not self.drawn or self._best is None or self.best_score is None:
            return None
        number = self._best[0]
        text = f"Searched {self.candidate.name}: {self.drawn} settings, best "
        text += f"{name_metric(metric)} {show_score(metric, self.best_score)} "
        text += f"with {describe_setting(self.settings[number])}" if number else "as written"
        if number and self._score_as_written is not None:
            text += f" (as written: {show_score(metric, self._score_as_written)})"
        return text


def _sort_key(number: int, trial: Trial) -> tuple[float, int]:
    """Return a key that sorts better trials first."""
    return -trial.fitted.score if trial.fitted else float("inf"), number
