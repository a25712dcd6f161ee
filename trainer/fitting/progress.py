"""Progress of the fits: one refreshed line on a terminal, otherwise a few permanent lines."""

from collections.abc import Sequence

from shared.metric_text import name_metric, show_score
from trainer.console import Console
from trainer.fitting.candidate_trials import CandidateTrials

_LINES = 4
"""Number of progress intervals of a search when the output is not a terminal."""


class Progress:
    """The display of all running searches."""

    def __init__(self, searches: Sequence[CandidateTrials], metric: str, console: Console) -> None:
        self._searches = searches
        self._metric = metric
        self._console = console
        self._intervals_shown = [0] * len(searches)

    def show(self) -> None:
        """Show the current state if it has changed."""
        running = [search for search in self._searches if not search.is_finished]
        if not running:
            return
        started = next((search for search in running if search.drawn_finished), None)
        if started is None:
            names = ", ".join(search.candidate.name for search in running)
            finished, total = len(self._searches) - len(running), len(self._searches)
            self._console.show_progress("Training estimators", finished, total, names)
        elif self._console.is_terminal:
            self._console.show_progress(
                f"Searching {started.candidate.name}",
                started.drawn_finished,
                started.drawn,
                self._describe_best(started),
            )
        else:
            self._print_lines()

    def _print_lines(self) -> None:
        for index, search in enumerate(self._searches):
            interval = _LINES * search.drawn_finished // search.drawn if search.drawn else 0
            if interval > self._intervals_shown[index] and not search.is_finished:
                self._intervals_shown[index] = interval
                self._console.line(self._describe(search))

    def _describe(self, search: CandidateTrials) -> str:
        text = f"Searching {search.candidate.name} {search.drawn_finished}/{search.drawn}"
        return f"{text}, {best}" if (best := self._describe_best(search)) else text

    def _describe_best(self, search: CandidateTrials) -> str:
        if search.best_score is None:
            return ""
        return f"best {name_metric(self._metric)} {show_score(self._metric, search.best_score)}"
