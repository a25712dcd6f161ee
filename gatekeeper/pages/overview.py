"""The first page: production, its history, its workers, and candidates that wait."""

from datetime import UTC, datetime
from typing import Any

from gatekeeper.api.candidate_views import registry_history
from gatekeeper.api.fleet_status import describe_fleet
from gatekeeper.api.service import Service
from gatekeeper.pages.check_text import show_check
from gatekeeper.pages.score_chart import score_chart
from gatekeeper.policy.check_names import to_check_id
from gatekeeper.policy.scores.champion_comparison import CHAMPION_COMPARISON
from shared.contract.documents import Decision

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
        "chart": score_chart(decisions, registry),
        "fleet": describe_fleet(gate.store.heartbeats.all(), registry, datetime.now(UTC)),
        "decisions": decisions[:LISTED],
        "versions": registry_history(gate).versions[:LISTED],
    }


def explain(decision: Decision) -> str:
    """Return the reason for a decision: the messages of the checks that decided."""
    if decision.failed:
        return " ".join(show_check(each, decision.metric).message for each in decision.failed)
    return _why(decision)


def _why(decision: Decision) -> str:
    if decision.outcome == "rolled_back":
        return " ".join(filter(None, (decision.checks[0].message, decision.reason)))
    for check in decision.checks:
        if to_check_id(check.name) == CHAMPION_COMPARISON.id:
            return show_check(check, decision.metric).message
    return ""
