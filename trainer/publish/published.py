"""The result of publishing from Python, which shows itself in a notebook."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from shared.contract.check_result import CheckResult
from shared.contract.documents import Decision
from shared.metric_text import show_score

_CELL = "padding: 0.2em 0.8em 0.2em 0; text-align: left; vertical-align: top; color: inherit"
_TABLE = "border-collapse: collapse; background: transparent; margin: 0.5em 0"


@dataclass(frozen=True, repr=False)
class Published:
    """The decision on a published model."""

    decision: Decision
    lines: tuple[str, ...]
    """The output of `make publish`: notes, warnings, the decision, and which workers serve it."""

    @property
    def outcome(self) -> str:
        """The outcome: promoted, refused, inconclusive or unchanged."""
        return self.decision.outcome

    @property
    def checks(self) -> tuple[CheckResult, ...]:
        """The checks of the gate."""
        return self.decision.checks

    @property
    def scores(self) -> Mapping[str, float]:
        """The scores of `challenger` and `champion` on the holdout, as far as they are known."""
        found = self.decision.scores
        return {name: found[name] for name in _SCORED if isinstance(found.get(name), float)}

    @property
    def version(self) -> int | None:
        """The version in the registry; None if the model was not promoted."""
        return None if self.decision.registry is None else self.decision.registry.version

    @property
    def candidate_id(self) -> str:
        """The id of the candidate."""
        return str(self.decision.candidate_id)

    def __repr__(self) -> str:
        """Return one line: the outcome and the scores."""
        scores = [f"{name} {self._show(value)}" for name, value in self.scores.items()]
        return f"<{'; '.join([self._headline(), *scores])}>"

    def _repr_html_(self) -> str:
        """Return outcome, scores and checks. It takes its colours from the page around it."""
        scores = [[name, self._show(value)] for name, value in self.scores.items()]
        checks = [
            [check.name, check.result, _show_value(check.observed), _show_value(check.required)]
            for check in self.checks
        ]
        failed = "".join(
            f"<p>{escape(check.name)}: {escape(check.message)}</p>"
            for check in self.decision.failed
        )
        return (
            f"<div><p><b>{escape(self._headline())}</b></p>{failed}"
            f"{_render_table(('model', self.decision.metric), scores)}"
            f"{_render_table(('check', 'result', 'observed', 'required'), checks)}"
            f"<details><summary>Output</summary><pre>{escape(chr(10).join(self.lines))}</pre>"
            "</details></div>"
        )

    def _headline(self) -> str:
        decision = self.decision
        version = "" if self.version is None else f" to v{self.version}"
        return f"{decision.model_name}: {decision.outcome}{version} by decision {decision.number}"

    def _show(self, value: float) -> str:
        return show_score(self.decision.metric, value)


_SCORED = ("challenger", "champion")


def _show_value(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _render_table(names: tuple[str, ...], rows: list[list[str]]) -> str:
    if not rows:
        return ""
    head = "".join(f'<th style="{_CELL}">{escape(name)}</th>' for name in names)
    body = "".join(
        "<tr>" + "".join(f'<td style="{_CELL}">{escape(cell)}</td>' for cell in row) + "</tr>"
        for row in rows
    )
    return f'<table style="{_TABLE}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
