"""The state of the predictor's workers, from their heartbeats."""

from collections import Counter
from datetime import UTC, datetime

from gatekeeper.api.http_bodies import FleetStatus, Worker
from shared.contract.documents import Registry
from shared.contract.heartbeat import Heartbeat
from shared.store.fleet_survey import FleetSurvey
from shared.store.worker_liveness import MISSED_BEATS
from shared.text import shorten, to_printable

MAX_AHEAD_SECONDS = 60.0
"""Seconds by which a worker's clock may differ from the gatekeeper's without a remark."""
MAX_ERROR_CHARACTERS = 500
"""Most characters that are shown of an error that a worker reports."""


def describe_fleet(survey: FleetSurvey, registry: Registry | None, now: datetime) -> FleetStatus:
    """Describe every worker, also dead workers, and whether the live workers have converged."""
    version = registry.version if registry else None
    workers = [
        _describe(
            each,
            registry,
            now,
            is_live=each.worker in survey.live,
            is_judged=each.worker not in survey.unjudged,
        )
        for each in survey.heartbeats
    ]
    live = [worker for worker in workers if worker.live]
    serving = Counter(str(worker.serving_version) for worker in live if worker.serving_version)
    return FleetStatus(
        registry_version=version,
        live=len(live),
        serving=dict(sorted(serving.items())),
        quarantined=sum(worker.quarantined for worker in live),
        converged=bool(live) and all(worker.serving_version == version for worker in live),
        workers=workers,
        left_out=list(survey.describe_left_out()),
        unusable=len(survey.left_out),
        unread=survey.not_read,
    )


def _describe(
    heartbeat: Heartbeat,
    registry: Registry | None,
    now: datetime,
    *,
    is_live: bool,
    is_judged: bool,
) -> Worker:
    version = registry.version if registry else None
    serving = heartbeat.serving_version
    return Worker(
        worker=heartbeat.worker,
        host=to_printable(heartbeat.host),
        pid=heartbeat.pid,
        live=is_live,
        judged=is_judged,
        beat_at=heartbeat.beat_at.astimezone(UTC),
        loaded_at=heartbeat.loaded_at,
        desired_version=heartbeat.desired_version,
        serving_version=serving,
        lag=None if version is None or serving is None else version - serving,
        last_error=_shorten(heartbeat.last_error) if heartbeat.last_error else None,
        quarantined=registry is not None and registry.digest in heartbeat.quarantined,
        note=_remark_clock(heartbeat, now, is_live=is_live and is_judged),
    )


def _remark_clock(heartbeat: Heartbeat, now: datetime, *, is_live: bool) -> str | None:
    """Describe a clock that is ahead, or that is behind although the worker is alive."""
    behind = (now - heartbeat.beat_at).total_seconds()
    if behind < -MAX_AHEAD_SECONDS:
        return "Its clock is more than a minute ahead of the gatekeeper's."
    if is_live and behind > MAX_AHEAD_SECONDS + MISSED_BEATS * heartbeat.heartbeat_seconds:
        return "Its clock is more than a minute behind the gatekeeper's."
    return None


def _shorten(text: str) -> str:
    return shorten(to_printable(text[:MAX_ERROR_CHARACTERS]), MAX_ERROR_CHARACTERS)
