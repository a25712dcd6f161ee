"""A store with 300 features, 50 classes, a long decision log, and 30 days of live hours."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.fleet.long_log import make_store
from shared.contract.documents import (
    JSON_MEDIA_TYPE,
    Descriptor,
    Feature,
    Registry,
    compute_digest,
)
from shared.contract.layout import ARTEFACT, REFERENCE
from shared.live.hour import (
    LATENCY_EDGES,
    FeatureCounts,
    LiveHour,
    LiveMinute,
    Requests,
    VersionCounts,
)
from shared.live.live_hours import LiveHours
from shared.live.reference import PROBABILITY_BINS, Bins, FeatureBins, Reference
from shared.store.candidates import new_candidate_id
from shared.store.store import ModelStore

FEATURES = 300
CLASSES = 50
_EDGES = tuple(float(place) for place in range(9))
_WORKER = "host-1-5f0c9a3e"


def make_large_store(source: Path, root: Path, decisions: int, days: int) -> ModelStore:
    """Copy *source*, a store with a model in production, to *root*, and make it large.

    It has *decisions*, and live hours of *days*.
    """
    store = make_store(source, root, decisions)
    registry, before = _promote_wide_model(store)
    reference = _make_reference()
    data = reference.encode()
    (store.layout.model(registry.digest) / REFERENCE).write_bytes(data)
    sha256 = hashlib.sha256(data).hexdigest()
    versions = (_count(registry, sha256, reference), _count(before, None, None))
    _write_hours(store, 24 * days, *versions)
    return store


def _promote_wide_model(store: ModelStore) -> tuple[Registry, Registry]:
    """Return the registries of a model with many features and classes, and of its predecessor."""
    log = store.decision_log()
    last = log.entries[-1].decision
    before = last.registry
    assert before is not None  # noqa: S101 - the log ends with a rollback
    model = store.models.read(before.digest)
    artefact = model.artefact.model_copy(
        update={
            "features": tuple(
                Feature(name=f"feature {place}", type="number") for place in range(FEATURES)
            ),
            "classes": tuple(f"class {place}" for place in range(CLASSES)),
        }
    ).encode()
    digest = compute_digest(artefact)
    with store.models.staging() as staging:
        (staging / ARTEFACT).write_bytes(artefact)
        (staging / model.artefact.golden.name).write_bytes(model.golden.encode())
        (staging / model.artefact.model.name).write_bytes(model.model)
        store.models.publish(staging, digest)
    now = datetime.now(UTC)
    registry = before.model_copy(
        update={
            "version": before.version + 1,
            "previous_version": before.version,
            "decision": log.next_number,
            "digest": digest,
            "files": (
                Descriptor.describe(ARTEFACT, JSON_MEDIA_TYPE, artefact),
                model.artefact.golden,
                model.artefact.model,
            ),
            "candidate_id": new_candidate_id(now),
            "promoted_at": now,
        }
    )
    log.append(
        last.model_copy(
            update={
                "number": log.next_number,
                "previous": log.head_sha256,
                "candidate_id": registry.candidate_id,
                "outcome": "promoted",
                "decided_at": now,
                "registry": registry,
            }
        )
    )
    store.registry.roll_forward(log)
    return registry, before


def _make_reference() -> Reference:
    bins = FeatureBins(edges=_EDGES, counts=(100,) * 10, missing=0)
    return Reference(
        rows=1000,
        features=(bins,) * FEATURES,
        predictions=Bins(
            names=tuple(f"class {place}" for place in range(CLASSES)), counts=(20,) * CLASSES + (0,)
        ),
        probabilities=(50,) * PROBABILITY_BINS,
    )


def _count(registry: Registry, sha256: str | None, reference: Reference | None) -> VersionCounts:
    features = reference.features if reference else ()
    return VersionCounts(
        version=registry.version,
        digest=registry.digest,
        reference=sha256,
        requests=Requests(answered=6000, rejected=10, failed=1),
        rows=6000,
        latencies=(400,) * 15 + (0,) * (len(LATENCY_EDGES) - 14),
        minutes=tuple(
            LiveMinute(minute=minute, requests=100, failed=0, seconds=0.5) for minute in range(60)
        ),
        counted_rows=6000,
        predictions=(120,) * CLASSES + (0,) if reference else (),
        probabilities=(300,) * PROBABILITY_BINS if reference else (),
        features=tuple(
            FeatureCounts(counts=(600,) * each.size, missing=0, unseen=0) for each in features
        ),
    )


def _write_hours(store: ModelStore, count: int, *versions: VersionCounts) -> None:
    hours, last = LiveHours(store.layout), datetime.now(UTC).replace(minute=0, second=0)
    ordered = tuple(sorted(versions, key=lambda each: each.version))
    for back in range(count):
        hour = last.replace(microsecond=0) - timedelta(hours=back)
        hours.write(LiveHour(worker=_WORKER, hour=hour, versions=ordered))
