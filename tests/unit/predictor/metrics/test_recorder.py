"""The counts of all workers are one page, for living and dead workers."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from predictor.lifecycle.loader import ModelLoader
from predictor.lifecycle.manager import WorkerStatus
from predictor.lifecycle.served_model import ServedModel
from predictor.metrics.recorder import (
    MAX_NAMED_LABELS,
    OTHER_ENDPOINT,
    OTHER_LABELS,
    MetricsRecorder,
)
from predictor.metrics.scrape import render_metrics
from predictor.metrics.shared_memory import SHOWN_VERSIONS, MetricsMemory
from predictor.supervision.shared_records import SharedRecords
from shared.contract.documents import Feature, Registry
from shared.inference.servable import AnyRows, Predictions
from shared.store.store import ModelStore
from tests.support.http.metrics_page import MetricsPage
from tests.support.models.mixed import FEATURES, ROWS, mixed_model
from tests.support.models.served import toy_regressor
from tests.support.models.toy import ToyModel, toy_model
from tests.support.stores.builders import promote

PREDICTIONS = "modelgate_predictor_predictions_total"
UNSEEN = "modelgate_predictor_unseen_categories_total"
NO_ROWS = np.empty((0, 2))
"""Rows for models without categories: the recorder does not read them."""


@pytest.fixture
def memory() -> MetricsMemory:
    return MetricsMemory(slots=3)


@pytest.fixture
def recorder(memory: MetricsMemory) -> MetricsRecorder:
    return MetricsRecorder(memory)


def read(memory: MetricsMemory) -> MetricsPage:
    return MetricsPage(render_metrics(memory, SharedRecords()).decode())


def serve(store: ModelStore, model: ToyModel, model_name: str = "toy") -> ServedModel:
    """Promote *model* as the next version, and return it as a worker serves it."""
    registry = promote(store, model, model_name)
    return served_as(store, registry)


def served_as(store: ModelStore, registry: Registry) -> ServedModel:
    loaded = ModelLoader(store.models, allow_joblib=False).load(registry.digest)
    return ServedModel.create(loaded, registry, datetime.now(UTC))


def with_classes(served: ServedModel, *classes: str) -> ServedModel:
    artefact = served.model.artefact.model_copy(update={"classes": classes})
    return replace(served, model=replace(served.model, artefact=artefact))


def count(
    recorder: MetricsRecorder, served: ServedModel, values: npt.NDArray[Any], rows: AnyRows
) -> None:
    recorder.count_predictions(served, Predictions(values, None), rows)


def values(*numbers: int) -> npt.NDArray[np.int64]:
    return np.array(numbers, dtype=np.int64)


def test_requests_are_counted_by_endpoint_and_status(
    memory: MetricsMemory, recorder: MetricsRecorder
) -> None:
    recorder.endpoint("/predict").count_reply(200, 0.002, count=3)
    recorder.endpoint("/predict").count_reply(422, 0.03)
    recorder.endpoint(OTHER_ENDPOINT).count_reply(404, 0.0)
    recorder.endpoint(OTHER_ENDPOINT).count_reply(799, 0.0)
    page, name = read(memory), "modelgate_predictor_requests_total"
    assert page(name, endpoint="/predict", status="200") == 3
    assert page(name, endpoint="/predict", status="422") == 1
    assert page(name, endpoint="/predict", status="500") == 0
    assert page(name, endpoint=OTHER_ENDPOINT, status="404") == 1
    assert page(name, endpoint=OTHER_ENDPOINT, status=OTHER_ENDPOINT) == 1
    seconds = "modelgate_predictor_request_duration_seconds"
    assert page(f"{seconds}_count", endpoint="/predict") == 4
    assert page(f"{seconds}_sum", endpoint="/predict") == pytest.approx(0.036)
    assert page(f"{seconds}_bucket", endpoint="/predict", le="0.0025") == 3


def test_many_endpoints_fit(memory: MetricsMemory, recorder: MetricsRecorder) -> None:
    for number in range(50):
        recorder.endpoint(f"/v2/models/{{name}}/versions/{{version}}/{number}").count_reply(
            200, 0.1
        )
    assert len(read(memory).all("modelgate_predictor_request_duration_seconds_count")) == 50


@pytest.mark.parametrize("rows", [1, 4, 3000])
def test_predictions_are_counted_by_model_version_and_class(
    store: ModelStore, memory: MetricsMemory, recorder: MetricsRecorder, rows: int
) -> None:
    served = serve(store, toy_model())
    count(recorder, served, np.zeros(rows, dtype=np.int64), NO_ROWS)
    count(recorder, served, np.arange(rows, dtype=np.int64) % 2, NO_ROWS)
    page = read(memory)
    assert page(PREDICTIONS, model="toy", version="1", class_="small") == rows + (rows + 1) // 2
    assert page(PREDICTIONS, model="toy", version="1", class_="large") == rows // 2
    assert page("modelgate_predictor_batch_rows_count") == 2
    assert page("modelgate_predictor_batch_rows_sum") == 2 * rows


def test_a_regressor_has_one_class_without_a_name(
    store: ModelStore, memory: MetricsMemory, recorder: MetricsRecorder
) -> None:
    count(recorder, serve(store, toy_regressor()), np.array([0.5, -3.0, 1e9]), NO_ROWS)
    assert read(memory).all(PREDICTIONS) == {("toy", "1", ""): 3}


def test_classes_after_the_fiftieth_are_counted_together(
    store: ModelStore, memory: MetricsMemory, recorder: MetricsRecorder
) -> None:
    names = [f"class {number}" for number in range(MAX_NAMED_LABELS + 50)]
    count(recorder, with_classes(serve(store, toy_model()), *names), np.arange(len(names)), NO_ROWS)
    found = read(memory).all(PREDICTIONS)
    assert sum(found.values()) == len(names)
    assert found["toy", "1", OTHER_LABELS] == 50


@pytest.mark.parametrize("rows", [3, 3000])
def test_a_class_that_the_model_does_not_have_is_ignored(
    store: ModelStore, memory: MetricsMemory, recorder: MetricsRecorder, rows: int
) -> None:
    strange = np.resize(values(-1, 2**62, 1), rows)
    count(recorder, serve(store, toy_model()), strange, NO_ROWS)
    found = read(memory).all(PREDICTIONS)
    assert found["toy", "1", OTHER_LABELS] == rows - rows // 3
    assert found["toy", "1", "large"] == rows // 3


def test_unseen_categories_are_counted_by_feature(
    store: ModelStore, memory: MetricsMemory, recorder: MetricsRecorder
) -> None:
    served = serve(store, mixed_model())
    for rows in (ROWS, ROWS[:2]):
        count(recorder, served, np.zeros(len(rows), dtype=np.int64), rows)
    rows = np.resize(ROWS[3], (3000, len(FEATURES)))
    rows[:1000, -1] = -1.0
    count(recorder, served, np.zeros(len(rows), dtype=np.int64), rows)
    expected = {("toy", "1", "colour"): 3001, ("toy", "1", "town"): 1000}
    assert read(memory).all(UNSEEN) == expected
    count(recorder, serve(store, toy_model()), np.zeros(8), -np.ones((8, 2)))
    assert read(memory).all(UNSEEN) == expected


def test_features_after_the_fiftieth_are_counted_together_and_odd_names_fit(
    store: ModelStore, memory: MetricsMemory, recorder: MetricsRecorder
) -> None:
    names = [f"{number:02}" + "\x01" * 100 for number in range(MAX_NAMED_LABELS + 50)]
    served = with_classes(serve(store, mixed_model()), *names)
    features = [Feature(name=name, type="category", categories=("a",)) for name in names]
    artefact = served.model.artefact.model_copy(update={"features": features})
    served = replace(served, model=replace(served.model, artefact=artefact))
    count(recorder, served, values(0, 1), -np.ones((2, len(names))))
    found = read(memory).all(UNSEEN)
    assert sum(found.values()) == 2 * len(names)
    assert found["toy", "1", OTHER_LABELS] == 100


def test_long_names_and_names_that_cannot_be_encoded_are_counted(
    store: ModelStore, memory: MetricsMemory, recorder: MetricsRecorder
) -> None:
    names = ["\U0001f980\x01" * 1000, 'quoted "\\\n', "half \ud800"]
    names += [str(number) + "\x01" * 100 for number in range(MAX_NAMED_LABELS)]
    count(
        recorder,
        with_classes(serve(store, toy_model(), "ñ" * 128), *names),
        values(0, 1, 2),
        NO_ROWS,
    )
    page = read(memory)
    assert page(PREDICTIONS, model="ñ" * 64, version="1", class_='quoted "\\\n') == 1
    assert page(PREDICTIONS, model="ñ" * 64, version="1", class_="half ?") == 1


def test_only_the_newest_versions_are_shown_and_take_space(
    store: ModelStore, memory: MetricsMemory, recorder: MetricsRecorder
) -> None:
    first = served_as(store, promote(store, toy_model()))
    total = 5 * SHOWN_VERSIONS
    for version in range(1, total + 1):
        served = replace(first, registry=first.registry.model_copy(update={"version": version}))
        count(recorder, served, np.zeros(version, dtype=np.int64), NO_ROWS)
    shown = read(memory).all(PREDICTIONS)
    expected = {
        ("toy", str(version), name): version if name == "small" else 0
        for version in range(total - SHOWN_VERSIONS + 1, total + 1)
        for name in ("small", "large")
    }
    assert shown == expected


def test_a_version_is_shown_for_all_workers_or_for_none(
    store: ModelStore, memory: MetricsMemory, recorder: MetricsRecorder
) -> None:
    """Keep all workers in the sum: without one of them, a counter would decrease."""
    slow = MetricsRecorder(memory)
    first = serve(store, toy_model())
    count(slow, first, values(0, 0), NO_ROWS)
    for version in range(1, SHOWN_VERSIONS + 1):
        served = replace(first, registry=first.registry.model_copy(update={"version": version}))
        count(recorder, served, values(0), NO_ROWS)
        assert read(memory)(PREDICTIONS, model="toy", version="1", class_="small") == 3
    newest = replace(
        first, registry=first.registry.model_copy(update={"version": SHOWN_VERSIONS + 1})
    )
    count(recorder, newest, values(0), NO_ROWS)
    assert read(memory)(PREDICTIONS, model="toy", version="1", class_="small") is None
    slow.show_status(WorkerStatus(served=first))  # a version in service is always on the page
    assert read(memory)(PREDICTIONS, model="toy", version="1", class_="small") == 3


def test_reloads_are_counted_by_outcome(memory: MetricsMemory, recorder: MetricsRecorder) -> None:
    for outcome, seconds in (("loaded", 0.3), ("adopted", 0.0), ("failed", 9.0), ("failed", 9.0)):
        recorder.count_reload(outcome, seconds)  # type: ignore[arg-type]  # a literal, one by one
    page = read(memory)
    assert page.all("modelgate_predictor_reloads_total") == {
        ("loaded",): 1,
        ("adopted",): 1,
        ("failed",): 2,
    }
    assert page("modelgate_predictor_load_duration_seconds_count") == 1
    assert page("modelgate_predictor_load_duration_seconds_sum") == 0.3


def test_every_worker_has_gauges_of_its_status(
    store: ModelStore, memory: MetricsMemory, recorder: MetricsRecorder
) -> None:
    other = MetricsRecorder(memory)
    served = serve(store, toy_model())
    desired = served.registry.model_copy(update={"version": 2})
    recorder.show_status(WorkerStatus(desired, served))
    other.show_status(WorkerStatus(desired, None, load_error="It is broken."))
    recorder.note_registry_read()
    page, prefix = read(memory), "modelgate_predictor_"
    assert page(f"{prefix}workers") == 2
    assert page.all(f"{prefix}desired_version") == {("0",): 2, ("1",): 2}
    assert page.all(f"{prefix}serving_version") == {("0",): 1, ("1",): 0}
    assert page.all(f"{prefix}error") == {("0",): 0, ("1",): 1}
    promoted = served.registry.promoted_at.timestamp()
    assert page.all(f"{prefix}promoted_timestamp_seconds") == {("0",): promoted, ("1",): 0}
    now = datetime.now(UTC).timestamp()
    assert page(f"{prefix}last_error_timestamp_seconds", worker="1") == pytest.approx(now, abs=60)
    assert page(f"{prefix}last_error_timestamp_seconds", worker="0") == 0
    assert page(f"{prefix}registry_read_timestamp_seconds", worker="0") == pytest.approx(
        now, abs=60
    )
    other.show_status(WorkerStatus(desired, served))
    page = read(memory)
    assert page(f"{prefix}error", worker="1") == 0
    assert page(f"{prefix}last_error_timestamp_seconds", worker="1") == pytest.approx(now, abs=60)
