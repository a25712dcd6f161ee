"""Stories go on only when every worker serves the newest version."""

from datetime import UTC, datetime

from predictor.lifecycle.loader import ModelLoader
from predictor.lifecycle.manager import WorkerStatus
from predictor.lifecycle.served_model import ServedModel
from predictor.metrics.recorder import MetricsRecorder
from predictor.metrics.scrape import render_metrics
from predictor.metrics.shared_memory import MetricsMemory
from predictor.supervision.shared_records import SharedRecords
from shared.store.store import ModelStore
from tests.stacks.worker_versions import find_agreed_version
from tests.support.http.metrics_page import MetricsPage
from tests.support.models.toy import toy_model
from tests.support.stores.builders import promote


def test_workers_agree_when_each_serves_the_newest_version(store: ModelStore) -> None:
    memory = MetricsMemory(slots=2)
    workers = [MetricsRecorder(memory) for _ in range(2)]

    def agreed() -> int | None:
        return find_agreed_version(MetricsPage(render_metrics(memory, SharedRecords()).decode()))

    def status() -> WorkerStatus:
        registry = promote(store, toy_model())
        loaded = ModelLoader(store.models, allow_joblib=False).load(registry.digest)
        return WorkerStatus(registry, ServedModel.create(loaded, registry, datetime.now(UTC)))

    old, new = status(), status()
    for worker in workers:
        worker.show_status(old)
    assert agreed() == 1
    workers[1].show_status(WorkerStatus(new.desired, old.served))
    assert agreed() is None, "one will soon serve another version"
    workers[1].show_status(new)
    assert agreed() is None, "each answers with a different version"
    workers[0].show_status(new)
    assert agreed() == 2
