"""A store whose model has served for a day, with counts of real rows, for the screenshots."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from shared.contract.documents import Registry
from shared.contract.layout import ARTEFACT, REFERENCE
from shared.inference.servable import Predictions
from shared.live.bin_counter import BinCounter
from shared.live.drift_record import DriftedPart, DriftRecord
from shared.live.hour import LiveHour, VersionCounts
from shared.live.live_hours import LiveHours
from shared.live.reference import Reference
from shared.live.reference_builder import build_reference
from shared.store.durable_write import replace_file
from shared.store.store import ModelStore
from tests.support.models.toy import ToyModel, toy_model
from tests.support.stores.builders import promote
from tests.support.stores.fake_services import worker
from tests.support.stores.live_hours import Traffic
from trainer.dataset.load import load_dataset
from trainer.settings import TrainerSettings

Matrix = npt.NDArray[np.float64]
HOURS = 24
DRIFTED = "mean texture"
_DRIFT_HOURS = 5
"""The last hours, in which a feature is shifted by one standard deviation."""
_SEED = 7


@dataclass(frozen=True)
class _Day:
    """The rows and the models of the day."""

    rows: Matrix
    names: Sequence[str]
    reference: Reference
    random: np.random.Generator
    begin: datetime


def serve_for_a_day(store: ModelStore) -> None:
    """Promote two versions, and write what a worker counted of both in the last 24 hours."""
    data = load_dataset(TrainerSettings(), "accuracy")
    names = [feature.name for feature in data.schema.features]
    now = datetime.now(UTC)
    random = np.random.default_rng(_SEED)
    models = [_make_model(names, data.schema.classes, bias) for bias in (1.0, 0.0)]
    times = (now - timedelta(days=3), now - timedelta(hours=9, minutes=20))
    registries = [
        promote(store, model, "logistic_regression", at=time)
        for model, time in zip(models, times, strict=True)
    ]
    chances = random.beta(0.4, 0.6, 113)
    predictions = Predictions(
        (chances > 0.5).astype(np.int64),
        np.stack([1 - chances, chances], axis=1).astype(np.float32),
    )
    reference = build_reference(models[1].artefact, data.rows[::2], predictions)
    for each in models:
        replace_file(store.layout.model(each.digest) / REFERENCE, reference.encode())
    begin = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)
    day = _Day(data.rows[1::2], names, reference, random, begin)
    for place in range(HOURS):
        _write_hour(store, day, registries, place)
    store.heartbeats.write(worker("host-17-5f0c9a3e", 2, loaded_at=times[1]))
    _report_drift(store, now)


def _make_model(names: Sequence[str], classes: tuple[str, ...], bias: float) -> ToyModel:
    model = toy_model([1.0] * len(names), bias, features=names)
    artefact = model.artefact.model_copy(update={"classes": classes})
    return ToyModel({**model.files, ARTEFACT: artefact.encode()}, artefact)


def _write_hour(store: ModelStore, day: _Day, registries: Sequence[Registry], place: int) -> None:
    start = day.begin + timedelta(hours=place)
    before, now = registries
    minutes = (now.promoted_at - start) / timedelta(minutes=1)
    of_old = min(max(minutes / 60, 0.0), 1.0)
    is_drifting = place >= HOURS - _DRIFT_HOURS
    versions = [
        _count(day, registry, share, start, is_drifting=is_drifting)
        for registry, share in ((before, of_old), (now, 1 - of_old))
        if share
    ]
    LiveHours(store.layout).write(
        LiveHour(worker="host-17-5f0c9a3e", hour=start, versions=tuple(versions))
    )


def _count(
    day: _Day, registry: Registry, share: float, start: datetime, *, is_drifting: bool
) -> VersionCounts:
    height = 1.4 - np.cos((start.hour - 3) / 24 * 2 * np.pi)  # most requests in the afternoon
    requests = int(share * height * 900 * day.random.uniform(0.9, 1.1)) + 1
    failed = int(day.random.random() < 0.1) * 2
    traffic = Traffic.of(registry, day.reference, requests=requests, failed=failed, rejected=3)
    counts = replace(traffic, latency=0.0014 if registry.version == 1 else 0.0007).count()
    slower = day.random.multinomial(requests // 3, (0.5, 0.4, 0.1))
    latencies = np.array(counts.latencies)
    latencies[1:4] += slower
    counts = counts.model_copy(update={"latencies": tuple(latencies.tolist())})
    rows = day.rows[day.random.integers(0, len(day.rows), counts.rows)].copy()
    if is_drifting:
        column = day.names.index(DRIFTED)
        rows[:, column] += day.rows[:, column].std()
    features = toy_model([1.0] * len(day.names), features=day.names).artefact.features
    counter = BinCounter(features, day.reference.features, "float32")
    found = counter.describe(counter.count(rows))
    weights = np.array(day.reference.predictions.counts) + day.random.uniform(0, 8, 3)
    weights[-1] = 0
    predicted = day.random.multinomial(counts.rows, weights / weights.sum())
    return counts.model_copy(update={"features": found, "predictions": tuple(predicted.tolist())})


def _report_drift(store: ModelStore, now: datetime) -> None:
    hours = timedelta(hours=_DRIFT_HOURS - 1)
    part = DriftedPart(
        part="values",
        feature=DRIFTED,
        stability_index=0.62,
        p_value=1e-12,
        rows=4000,
        since=now - hours,
    )
    record = DriftRecord(checked_at=now, version=2, not_checked=None, drifted=(part,), events=())
    replace_file(store.layout.drift, record.encode())
