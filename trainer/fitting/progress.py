"""What is being fitted, as it goes on: on a terminal a passing line, else one now and then."""

from collections.abc import Sequence

from shared.score_format import format_score
from trainer.console import Console
from trainer.fitting.trial_board import Standing

_LINES = 4
"""How many lines a search leaves where the output is no terminal."""


class Progress:
    """Shows where all candidates stand."""

    def __init__(self, standings: Sequence[Standing], metric: str, console: Console) -> None:
        self._standings = standings
        self._metric = metric
        self._console = console
        self._shown = dict.fromkeys(range(len(standings)), 0)

    def show(self) -> None:
        """Say what goes on now, if there is anything new to say."""
        going_on = [standing for standing in self._standings if not standing.is_over]
        if not going_on:
            return
        searched = next((standing for standing in going_on if standing.searched), None)
        if searched is None:
            names = ", ".join(standing.candidate.name for standing in going_on)
            self._console.working(f"Training {names}")
        elif self._console.is_terminal:
            self._console.working(self._describe(searched))
        else:
            self._leave_lines()

    def _leave_lines(self) -> None:
        for place, standing in enumerate(self._standings):
            quarter = _LINES * standing.searched // standing.drawn if standing.drawn else 0
            if quarter > self._shown[place] and not standing.is_over:
                self._shown[place] = quarter
                self._console.line(self._describe(standing))

    def _describe(self, standing: Standing) -> str:
        text = f"Searching {standing.candidate.name} {standing.searched}/{standing.drawn}"
        best = standing.best
        return text if best is None else f"{text}, best {self._metric} {format_score(best)}"
