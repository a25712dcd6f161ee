"""Turn what happened into events: a type, an id that is always the same, data, and a text.

A type begins with `custom_` and has at most 26 characters, as Mattermost requires (docs/adr/0048).
"""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from gatekeeper.notifications.worker_watch import LoadFailure
from gatekeeper.policy.check_names import show_check
from shared.contract.documents import Decision
from shared.following.log_tail import TailEntry
from shared.following.notification_cursor import MAX_TEXT_CHARACTERS, Event
from shared.live.drift_record import DriftEvent
from shared.metric_text import name_metric, show_score
from shared.text import join_some, shorten, to_printable

TYPES = {
    "promoted": "custom_model.promoted",
    "refused": "custom_model.refused",
    "inconclusive": "custom_model.inconclusive",
    "rolled_back": "custom_model.rolled_back",
    "awaiting_approval": "custom_model.awaiting",
    "began": "custom_drift.began",
    "ended": "custom_drift.ended",
    "failing": "custom_workers.failing",
    "test": "custom_test",
}
"""The type of each event. Nothing is sent about a decision `unchanged`."""
_MAX_REASONS = 20
_MAX_REASON = 500
_MAX_FEATURES = 100


def describe_decision(entry: TailEntry) -> Event | None:
    """Return the event of a decision, or None for one without an event."""
    decision = entry.decision
    if decision.outcome not in TYPES:
        return None
    version = decision.registry.version if decision.registry else None
    reasons = [shorten(each, _MAX_REASON) for each in _reasons(decision)[:_MAX_REASONS]]
    data = {
        "decision": decision.number,
        "candidate_id": decision.candidate_id,
        "model_name": decision.model_name,
        "metric": decision.metric,
        "score": decision.scores.get("challenger"),
        "champion_score": decision.scores.get("champion"),
        "version": version,
        "reasons": reasons,
        "reason": decision.reason,
        "decided_by": decision.decided_by,
    }
    digits = (entry.position.sha256 or "")[:16]
    return _make_event(
        f"decision-{decision.number}-{digits}",
        decision.outcome,
        decision.decided_at,
        _tell_decision(decision, reasons),
        data,
    )


def describe_wait(candidate_id: str, now: datetime) -> Event:
    """Return the event of a candidate that awaits a person's approval."""
    text = (
        f"Candidate {candidate_id} passed every check and awaits approval. Approve or reject it "
        f"on the gatekeeper's page, or with: make approve ID={candidate_id} REASON='…'"
    )
    data = {"candidate_id": candidate_id}
    return _make_event(f"awaiting-{candidate_id}", "awaiting_approval", now, text, data)


def describe_drift(event: DriftEvent) -> Event:
    """Return the event of a drift that began or ended."""
    parts = [*([join_some(event.features, 10)] if event.features else [])]
    parts += ["the predictions"] if event.predictions else []
    what = " and ".join(parts) or "production"
    text = f"Drift {event.kind}, version {event.version}: {what}."
    if event.kind == "began":
        text += " Production differs from the training rows. The pages show by how much."
    data = {
        "number": event.number,
        "version": event.version,
        "features": list(event.features[:_MAX_FEATURES]),
        "predictions": event.predictions,
    }
    moment = f"{event.at.astimezone(UTC):%Y%m%dT%H%M%S%f}Z"
    return _make_event(f"drift-{event.number}-{moment}", event.kind, event.at, text, data)


def describe_failure(failure: LoadFailure, now: datetime) -> Event:
    """Return the event of workers that cannot load the version that they want."""
    text = (
        f"{failure.workers} of {failure.live} live workers cannot load version {failure.version}. "
        f"They serve the version before it, or nothing. {failure.error} "
        "`make status` shows each worker; `make rollback VERSION=…` restores an earlier version."
    )
    data = {
        "version": failure.version,
        "digest": failure.digest,
        "workers": failure.workers,
        "quarantined": failure.quarantined,
        "live": failure.live,
        "error": failure.error,
    }
    moment = f"{now.astimezone(UTC):%Y%m%dT%H%M%S%f}Z"
    return _make_event(f"workers-v{failure.version}-{moment}", "failing", now, text, data)


def make_test_event(now: datetime) -> Event:
    """Return an event that only shows that webhooks arrive."""
    text = "This is a test of Modelgate's webhooks. Nothing happened."
    return _make_event(f"test-{secrets.token_hex(8)}", "test", now, text, {})


def _make_event(event_id: str, kind: str, at: datetime, text: str, data: dict[str, Any]) -> Event:
    shown = shorten(to_printable(text), MAX_TEXT_CHARACTERS)
    return Event(id=event_id, type=TYPES[kind], at=at, text=shown, data=data)


def _reasons(decision: Decision) -> list[str]:
    return [to_printable(show_check(each, decision.metric).message) for each in decision.failed]


def _tell_decision(decision: Decision, reasons: Sequence[str]) -> str:
    who = f"{decision.model_name} ({decision.candidate_id})"
    by = f" by {decision.decided_by}" if decision.decided_by else ""
    if decision.registry is None:
        sentence = f"Decision {decision.number}: {who} is {decision.outcome}{by}."
    elif decision.outcome == "rolled_back":
        version = decision.registry.version
        sentence = f"Version {version} is in production: {decision.model_name}, rolled back{by}."
    else:
        sentence = f"Version {decision.registry.version} is in production: {who}{_score(decision)}."
    words = f"Reason: {decision.reason}" if decision.reason else ""
    return " ".join(filter(None, (sentence, *reasons, words)))


def _score(decision: Decision) -> str:
    score = decision.scores.get("challenger")
    if not isinstance(score, int | float):
        return ""
    return f", {name_metric(decision.metric)} {show_score(decision.metric, score)}"
