"""The first page: production, its history, its workers, and candidates that wait."""

from collections.abc import Callable
from typing import Any

from gatekeeper.api.candidate_views import registry_history
from gatekeeper.api.label_rule import LabelRule, find_label_rule
from gatekeeper.api.live_answers import report_fleet
from gatekeeper.api.service import Service
from gatekeeper.api.training.trainings import describe_trainings
from gatekeeper.pages.score_chart import score_chart
from gatekeeper.policy.check_names import show_check, to_check_id
from gatekeeper.policy.scores.champion_comparison import CHAMPION_COMPARISON
from shared.contract.documents import Decision
from shared.store.repeated_models import describe_repetition, find_repeated_models

CHART_DECISIONS = 60
"""Number of decisions on the chart."""
LISTED = 10
"""Number of decisions and of versions on the first page."""


def overview_context(gate: Service) -> dict[str, Any]:
    """Return what overview.html needs; raises StoreError or OSError if the store is unreadable."""
    history, awaiting = gate.history, gate.queue.pending()
    decisions = history.page(None, CHART_DECISIONS, None).decisions
    registry, sentence = history.in_force(), explainer(gate)
    fleet = report_fleet(gate)
    judged = {*history.by_candidate(), *(each.candidate_id for each in awaiting)}
    return {
        "registry": registry,
        "decision": history.decision(registry.decision) if registry else None,
        "rule": find_label_rule(gate.store.models, registry) if registry else LabelRule(),
        "why": sentence(history.decision(registry.decision)) if registry else "",
        "sentence": sentence,
        "awaiting_approval": awaiting,
        "pending": [name for name in gate.store.candidates.ids() if name not in judged],
        "last_error": gate.poll_thread.last_error,
        "chart": score_chart(decisions, registry),
        "fleet": fleet,
        "training": describe_trainings(gate.store),
        "decisions": decisions[:LISTED],
        "versions": registry_history(gate, LISTED).versions,
    }


def explain(decision: Decision, repeated: int | None = None) -> str:
    """Return the reason for a decision: the messages of the checks that decided.

    *repeated* is the version that already had the same model, byte for byte.
    """
    if decision.failed and decision.outcome != "rolled_back":
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
        failed = [each.message for each in decision.failed]
        return " ".join(filter(None, (decision.checks[0].message, decision.reason, *failed)))
    for check in decision.checks:
        if to_check_id(check.name) == CHAMPION_COMPARISON.id:
            return show_check(check, decision.metric).message
    return ""
