"""A counter of live requests and its versions, for tests that advance its clock."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from predictor.lifecycle.loader import ModelLoader
from predictor.lifecycle.served_model import ServedModel
from predictor.live.live_counter import LiveCounter
from predictor.live.live_writer import LiveWriter
from predictor.live.version_bins import read_bins
from predictor.metrics.recorder import MetricsRecorder
from predictor.metrics.scrape import render_metrics
from predictor.metrics.shared_memory import MetricsMemory
from predictor.supervision.shared_records import SharedRecords
from shared.live.hour import LiveHour, VersionCounts
from shared.live.live_hours import LiveHours
from shared.store.store import ModelStore
from tests.support.http.metrics_page import MetricsPage
from tests.support.models.toy import ToyModel, toy_model, toy_rows
from tests.support.stores.builders import promote
from tests.support.stores.live_hours import reference_of, write_reference

WORKER = "host-1-5f0c9a3e"
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC).timestamp()


@dataclass
class Clock:
    """A clock that a test sets."""

    now: float = NOON

    def __call__(self) -> float:
        return self.now


def serve(store: ModelStore, model: ToyModel | None = None) -> ServedModel:
    """Promote a model with a reference, and return it as a worker serves it."""
    model = model or toy_model()
    registry = promote(store, model)
    write_reference(store, registry.digest, reference_of(model.artefact))
    loaded = ModelLoader(store.models, allow_joblib=False).load(registry.digest)
    return ServedModel.create(loaded, registry, datetime.now(UTC))


def as_version(served: ServedModel, version: int) -> ServedModel:
    registry = served.registry.model_copy(update={"version": version})
    return replace(served, registry=registry)


class Counting:
    """A worker's counts, which are written when the test says so."""

    def __init__(self, store: ModelStore, rows_per_second: int = 500) -> None:
        self.store = store
        self.clock = Clock()
        self.counter = LiveCounter(rows_per_second, self.clock)
        self.memory = MetricsMemory(slots=1)
        self.writer = LiveWriter(
            store.layout,
            WORKER,
            self.counter,
            MetricsRecorder(self.memory).live,
            write_seconds=1.0,
            keep_days=30,
        )

    def start(self, served: ServedModel) -> None:
        directory = self.store.models.directory(served.model.digest)
        bins = read_bins(directory, served.model.artefact)
        self.counter.serve(served.version, served.model.digest, bins)

    def answer(self, served: ServedModel, rows: int = 1, status: int = 200) -> None:
        """Count one request of *served*, and its rows if it was answered."""
        if status == 200:
            features = toy_rows(rows)
            self.counter.count_rows(served, served.model.predict(features), features)
        self.counter.count_replies(served.version, [status], 0.001)

    def page(self) -> MetricsPage:
        """Return the metrics."""
        return MetricsPage(render_metrics(self.memory, SharedRecords()).decode())

    @property
    def hours(self) -> list[LiveHour]:
        """The hours on the volume."""
        found = LiveHours(self.store.layout)
        return [found.read(WORKER, name) for name in found.hours(WORKER)]

    @property
    def only(self) -> VersionCounts:
        """The counts of the only version in the only hour on the volume."""
        (hour,) = self.hours
        (counts,) = hour.versions
        return counts


def total(counts: VersionCounts) -> int:
    """Return the number of rows in the bins of the first feature."""
    first = counts.features[0]
    return int(np.sum(first.counts)) + first.missing + first.unseen
