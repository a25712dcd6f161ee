"""Answers about production as a whole: the line about its health, and its live counts."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from gatekeeper.api.fleet_status import describe_fleet
from gatekeeper.api.http_bodies import FleetReport, FleetStatus
from gatekeeper.api.service import Service
from gatekeeper.live_status.bodies import HealthLine, LiveDrift, LiveStatus
from gatekeeper.live_status.drift_file import read_drift
from gatekeeper.live_status.health import HealthFacts, describe_health
from gatekeeper.live_status.live_score_text import show_briefly, show_live_score
from gatekeeper.live_status.time_range import RangeName
from gatekeeper.live_status.webhook_status import list_webhooks
from gatekeeper.probation.probation_status import ProbationStatus
from shared.contract.documents import Registry

_RECENT = timedelta(hours=1)
INCOMPLETE = "Some counts are being read now. Load this page again in a few seconds."
"""The first note while not all counts of the volume are read."""


def report_fleet(gate: Service) -> FleetReport:
    """Describe all workers, and production as a whole."""
    with suppress(OSError):  # the page of live counts shows it
        gate.live.refresh()
    layout = gate.store.layout
    fleet, health = _describe(gate, read_drift(layout), datetime.now(UTC))
    try:
        webhooks = list_webhooks(layout, len(gate.history.entries()))
    except OSError:  # the metrics and make fsck show it
        webhooks = []
    return FleetReport(
        **vars(fleet), health=health, webhooks=webhooks, probation=find_probation(gate)
    )


def describe_live(gate: Service, name: RangeName) -> LiveStatus:
    """Describe production in a range of time that ends now."""
    now, drift = datetime.now(UTC), read_drift(gate.store.layout)
    decisions = [entry.decision for entry in gate.history.entries()]
    gate.live.refresh()
    _, health = _describe(gate, drift, now)
    found = gate.live_view.describe(name, now, decisions, drift, health)
    found = found.model_copy(update={"probation": find_probation(gate)})
    if gate.live.is_complete:
        return found
    return found.model_copy(update={"notes": [INCOMPLETE, *found.notes]})


def find_probation(gate: Service) -> ProbationStatus | None:
    """Describe the version on probation; None without one, or if the log cannot be read."""
    with suppress(OSError):  # the poll thread reports it
        newest_first = (entry.decision for entry in reversed(gate.history.entries()))
        return gate.probation.describe(newest_first)
    return None


def _describe(gate: Service, drift: LiveDrift, now: datetime) -> tuple[FleetStatus, HealthLine]:
    registry = gate.history.in_force()
    fleet = describe_fleet(gate.store.heartbeats.survey(), registry, now)
    return fleet, _find_health(gate, registry, fleet, drift, now)


def _find_health(
    gate: Service, registry: Registry | None, fleet: FleetStatus, drift: LiveDrift, now: datetime
) -> HealthLine:
    version = fleet.registry_version
    hours = gate.live.hours(now.replace(minute=0, second=0, microsecond=0) - _RECENT, now)
    counts = [each.requests for hour in hours for each in hour.versions if each.version == version]
    live = [worker for worker in fleet.workers if worker.live and worker.judged]
    return describe_health(
        HealthFacts(
            version=version,
            last_error=gate.poll_thread.last_error,
            live=fleet.live,
            serving=fleet.serving.get(str(version), 0),
            failing=sum(
                bool(worker.last_error) and worker.serving_version != version for worker in live
            ),
            quarantined=fleet.quarantined,
            is_judged=all(worker.judged for worker in fleet.workers),
            requests=sum(each.answered + each.rejected + each.failed for each in counts),
            failed=sum(each.failed for each in counts),
            drift=drift,
            live_score=show_briefly(show_live_score(gate.live_scores.board, registry))
            if registry
            else None,
        )
    )
