"""The first page: production, its history, its workers, and candidates that wait."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from gatekeeper.api.candidate_views import registry_history
from gatekeeper.api.fleet_status import describe_fleet
from gatekeeper.api.service import Service
from gatekeeper.policy.check_names import to_check_id
from gatekeeper.policy.scores.champion_comparison import CHAMPION_COMPARISON
from gatekeeper.policy.scores.significance import SIGNIFICANCE
from shared.contract.check_result import CheckResult
from shared.contract.documents import Decision
from shared.reports.svg_charts import draw_scores
from shared.scoring.score_ranges import clip_to_range

CHART_DECISIONS = 60
"""Number of decisions on the chart."""
LISTED = 10
"""Number of decisions and of versions on the first page."""


def overview_context(gate: Service) -> dict[str, Any]:
    """Return what overview.html needs; raises StoreError or OSError if the store is unreadable."""
    history, awaiting = gate.history, gate.queue.pending()
    decisions = history.page(None, CHART_DECISIONS, None)
    registry = history.in_force()
    judged = {*history.by_candidate(), *(each.candidate_id for each in awaiting)}
    return {
        "registry": registry,
        "decision": history.decision(registry.decision) if registry else None,
        "why": _why(history.decision(registry.decision)) if registry else "",
        "awaiting_approval": awaiting,
        "pending": [name for name in gate.store.candidates.ids() if name not in judged],
        "last_error": gate.poll_thread.last_error,
        "chart": _chart(decisions, registry.metric if registry else None),
        "fleet": describe_fleet(gate.store.heartbeats.all(), registry, datetime.now(UTC)),
        "decisions": decisions[:LISTED],
        "versions": registry_history(gate).versions[:LISTED],
    }


def explain(decision: Decision) -> str:
    """Return the reason for a decision: the messages of the checks that decided."""
    if decision.failed:
        return " ".join(check.message for check in decision.failed)
    return _why(decision)


def _why(decision: Decision) -> str:
    if decision.outcome == "rolled_back":
        return " ".join(filter(None, (decision.checks[0].message, decision.reason)))
    for check in decision.checks:
        if to_check_id(check.name) == CHAMPION_COMPARISON.id:
            return check.message
    return ""


def recorded_interval(checks: Iterable[CheckResult]) -> dict[str, Any] | None:
    """Return the recorded bootstrap interval with `low` and `high`; None if it is incomplete."""
    for check in checks:
        match check.observed:
            case {"difference": int() | float(), "interval": [int() | float(), int() | float()]}:
                if to_check_id(check.name) == SIGNIFICANCE.id:
                    low, high = check.observed["interval"]
                    return {**check.observed, "low": low, "high": high}
    return None


def _chart(decisions: list[Decision], metric: str | None) -> Any:
    """Draw the scores of all candidates that were compared by the metric in production."""
    from markupsafe import Markup  # noqa: PLC0415 - see rendering.py

    kinds: dict[str, list[tuple[float, float]]] = {"promoted": [], "not promoted": []}
    intervals = []
    for decision in reversed(decisions):
        ours, theirs = (decision.scores.get(name) for name in ("challenger", "champion"))
        if decision.metric != metric or not isinstance(ours, int | float):
            continue
        if decision.outcome == "rolled_back":
            continue
        kind = "promoted" if decision.registry else "not promoted"
        kinds[kind].append((decision.number, ours))
        found = recorded_interval(decision.checks)
        if found and isinstance(theirs, int | float):
            low, high = (clip_to_range(metric, theirs + found[end]) for end in ("low", "high"))
            intervals.append((decision.number, low, high))
    if not any(kinds.values()):
        return None
    svg = draw_scores(
        f"{metric} of the candidates, by decision", ("decision", str(metric)), kinds, intervals
    )
    return Markup(svg)  # noqa: S704 - the chart has escaped all names
