"""The state of the predictor's workers, from their heartbeats."""

from collections import Counter
from datetime import UTC, datetime

from gatekeeper.api.http_bodies import FleetStatus, Worker
from shared.contract.documents import Registry
from shared.contract.heartbeat import Heartbeat
from shared.store.heartbeats import is_live


def describe_fleet(
    heartbeats: list[Heartbeat], registry: Registry | None, now: datetime
) -> FleetStatus:
    """Describe every worker, also dead workers, and whether the live workers have converged."""
    version = registry.version if registry else None
    workers = [_describe(heartbeat, version, now) for heartbeat in heartbeats]
    live = [worker for worker in workers if worker.live]
    serving = Counter(str(worker.serving_version) for worker in live if worker.serving_version)
    return FleetStatus(
        registry_version=version,
        live=len(live),
        serving=dict(sorted(serving.items())),
        converged=bool(live) and all(worker.serving_version == version for worker in live),
        workers=workers,
    )


def _describe(heartbeat: Heartbeat, version: int | None, now: datetime) -> Worker:
    serving = heartbeat.serving_version
    return Worker(
        worker=heartbeat.worker,
        host=heartbeat.host,
        pid=heartbeat.pid,
        live=is_live(heartbeat, now),
        beat_at=heartbeat.beat_at.astimezone(UTC),
        loaded_at=heartbeat.loaded_at,
        desired_version=heartbeat.desired_version,
        serving_version=serving,
        lag=None if version is None or serving is None else version - serving,
        last_error=heartbeat.last_error,
    )
