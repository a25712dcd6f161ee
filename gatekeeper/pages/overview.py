"""The first page: production, its history, its workers, and candidates that wait."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from gatekeeper.api.candidate_views import registry_history
from gatekeeper.api.fleet_status import describe_fleet
from gatekeeper.api.service import Service
from gatekeeper.pages.score_chart import score_chart
from gatekeeper.policy.check_names import show_check, to_check_id
from gatekeeper.policy.scores.champion_comparison import CHAMPION_COMPARISON
from shared.contract.documents import Decision, Registry
from shared.errors import StoreError
from shared.store.models import read_artefact
from shared.store.repeated_models import describe_repetition, find_repeated_models

CHART_DECISIONS = 60
"""Number of decisions on the chart."""
LISTED = 10
"""Number of decisions and of versions on the first page."""


def overview_context(gate: Service) -> dict[str, Any]:
    """Return what overview.html needs; raises StoreError or OSError if the store is unreadable."""
    history, awaiting = gate.history, gate.queue.pending()
    decisions = history.page(None, CHART_DECISIONS, None)
    registry, sentence = history.in_force(), explainer(gate)
    judged = {*history.by_candidate(), *(each.candidate_id for each in awaiting)}
    return {
        "registry": registry,
        "decision": history.decision(registry.decision) if registry else None,
        "threshold": _describe_threshold(gate, registry) if registry else "",
        "why": sentence(history.decision(registry.decision)) if registry else "",
        "sentence": sentence,
        "awaiting_approval": awaiting,
        "pending": [name for name in gate.store.candidates.ids() if name not in judged],
        "last_error": gate.poll_thread.last_error,
        "chart": score_chart(decisions, registry),
        "fleet": describe_fleet(gate.store.heartbeats.all(), registry, datetime.now(UTC)),
        "decisions": decisions[:LISTED],
        "versions": registry_history(gate).versions[:LISTED],
    }


def _describe_threshold(gate: Service, registry: Registry) -> str:
    try:
        artefact = read_artefact(gate.store.layout.model(registry.digest), registry.digest)
    except (StoreError, OSError):  # the page shows the rest
        return ""
    return artefact.threshold.describe() if artefact.threshold else ""


def explain(decision: Decision, repeated: int | None = None) -> str:
    """Return the reason for a decision: the messages of the checks that decided.

    *repeated* is the version that already had the same model, byte for byte.
    """
    if decision.failed:
        return " ".join(show_check(each, decision.metric).message for each in decision.failed)
    if repeated is None:
        return _why(decision)
    return f"{describe_repetition(decision, repeated)} {_why(decision)}"


def explainer(gate: Service) -> Callable[[Decision], str]:
    """Return a function that explains decisions, and names those on the same model again."""
    repeated = find_repeated_models(entry.decision for entry in gate.history.entries())
    return lambda decision: explain(decision, repeated.get(decision.number))


def _why(decision: Decision) -> str:
    if decision.outcome == "rolled_back":
        return " ".join(filter(None, (decision.checks[0].message, decision.reason)))
    for check in decision.checks:
        if to_check_id(check.name) == CHAMPION_COMPARISON.id:
            return show_check(check, decision.metric).message
    return ""
