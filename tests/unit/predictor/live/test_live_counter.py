"""Requests are counted exactly, by hour, minute and version; the document agrees with itself."""

import threading
from datetime import UTC, datetime

import numpy as np
import pytest

from predictor.live import hour_document
from predictor.live.hour_document import MAX_CELLS
from predictor.live.live_counter import KNOWN_VERSIONS
from predictor.live.version_bins import VersionBins
from shared.contract.strict_json import MAX_VALUES, count_separators
from shared.inference.servable import Predictions
from shared.live.hour import (
    LATENCY_EDGES,
    MAX_HOUR_BYTES,
    MAX_VERSIONS,
    FeatureCounts,
    LiveHour,
    Requests,
)
from shared.store.store import ModelStore
from tests.support.models.mixed import ROWS, mixed_model
from tests.support.models.served import toy_regressor
from tests.support.models.toy import toy_model, toy_rows
from tests.support.stores.live_hours import Traffic, reference_of
from tests.unit.predictor.live.counting import NOON, WORKER, Counting, as_version, serve, total


@pytest.fixture
def counting(store: ModelStore) -> Counting:
    return Counting(store)


def test_requests_are_counted_by_the_class_of_their_status(
    store: ModelStore, counting: Counting
) -> None:
    served = serve(store)
    counting.start(served)
    for status in (200, 200, 400, 413, 422, 500, 503):
        counting.answer(served, rows=3, status=status)
    counting.counter.count_replies(1, [200, 422, 503], 0.001)
    counting.writer.write()
    found = counting.only
    assert (found.version, found.digest) == (1, toy_model().digest)
    assert found.requests == Requests(answered=3, rejected=4, failed=3)
    assert found.rows == found.counted_rows == 6
    assert sum(found.latencies) == 10
    (minute,) = found.minutes
    assert (minute.minute, minute.requests, minute.failed) == (0, 10, 3)
    assert minute.seconds == pytest.approx(0.01)


def test_defects_are_counted_among_the_rejected_requests(
    store: ModelStore, counting: Counting
) -> None:
    counting.start(serve(store))
    counting.counter.count_replies(1, [200, 422, 422], 0.001)
    counting.counter.count_not_finite(1)
    counting.counter.count_not_finite(7)  # a version that is not served
    counting.writer.write()
    assert counting.only.requests == Requests(answered=1, rejected=2, failed=0, not_finite=1)


@pytest.mark.parametrize("place", range(len(LATENCY_EDGES)))
def test_a_latency_is_in_the_bin_that_includes_its_upper_bound(
    store: ModelStore, counting: Counting, place: int
) -> None:
    counting.start(serve(store))
    counting.counter.count_replies(1, [200], LATENCY_EDGES[place])
    counting.counter.count_replies(1, [200], LATENCY_EDGES[place] * 1.001)
    counting.writer.write()
    assert counting.only.latencies[place : place + 2] == (1, 1)


def test_hours_and_minutes_are_those_of_the_clock(store: ModelStore, counting: Counting) -> None:
    served = serve(store)
    counting.start(served)
    for seconds in (0, 59.9, 60, 3599.9, 3600, 3 * 3600):
        counting.clock.now += seconds - (counting.clock.now % 86400 - 12 * 3600)
        counting.answer(served)
    counting.writer.write()
    minutes = [
        {each.minute: each.requests for each in hour.versions[0].minutes} for hour in counting.hours
    ]
    assert minutes == [{0: 2, 1: 1, 59: 1}, {0: 1}, {0: 1}]
    assert [hour.hour.hour for hour in counting.hours] == [12, 13, 15]


def test_each_version_has_its_own_counts_also_after_it_was_replaced(
    store: ModelStore, counting: Counting
) -> None:
    """Count a request for the version that made the reply, not for the one that is served now."""
    first, second = serve(store), serve(store, toy_model(bias=1.0))
    for served in (first, second):
        counting.start(served)
    counting.answer(second, rows=2)
    counting.answer(first, rows=3)
    counting.answer(second, status=500)
    counting.writer.write()
    (hour,) = counting.hours
    assert [(each.version, each.rows, each.requests.failed) for each in hour.versions] == [
        (1, 3, 0),
        (2, 2, 1),
    ]
    assert [each.digest for each in hour.versions] == [first.model.digest, second.model.digest]


def test_requests_without_a_model_are_not_counted(counting: Counting) -> None:
    counting.counter.count_replies(0, [503], 0.001)
    counting.writer.write()
    assert counting.hours == []


def test_only_the_newest_versions_of_an_hour_are_kept(
    store: ModelStore, counting: Counting
) -> None:
    served = serve(store)
    for version in range(1, MAX_VERSIONS + KNOWN_VERSIONS):
        counting.start(as_version(served, version))
        counting.answer(as_version(served, version))
    counting.writer.write()
    (hour,) = counting.hours
    assert [each.version for each in hour.versions] == [*range(8, MAX_VERSIONS + KNOWN_VERSIONS)]


def test_the_oldest_versions_are_left_out_of_a_document_that_would_be_too_large(
    store: ModelStore, counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = serve(store)
    values = sum(each.size + 4 for each in reference_of(served.model.artefact).features)
    monkeypatch.setattr(hour_document, "MAX_CELLS", 3 * values)
    for version in range(1, 6):
        counting.start(as_version(served, version))
        counting.answer(as_version(served, version))
    counting.writer.write()
    (hour,) = counting.hours
    assert [each.version for each in hour.versions] == [3, 4, 5]


def test_the_largest_document_can_be_read(counting: Counting) -> None:
    """Fill all values of features with counts that one worker reaches in an hour."""
    bins = [FeatureCounts(counts=(9_999_999,) * 51, missing=0, unseen=0)] * (MAX_CELLS // 55)
    counts = Traffic(1, f"sha256:{'0' * 64}", None).count()
    version = counts.model_copy(update={"features": tuple(bins)})
    begin = datetime.fromtimestamp(NOON, UTC)
    data = LiveHour(worker=WORKER, hour=begin, versions=(version,)).encode()
    assert len(data) <= MAX_HOUR_BYTES
    assert count_separators(data) <= MAX_VALUES


def test_a_version_that_is_served_again_is_counted_on(
    store: ModelStore, counting: Counting
) -> None:
    """Serve version 1 after many others: a model in quarantine makes workers go back."""
    served = serve(store)
    for version in (1, *range(2, 2 + KNOWN_VERSIONS), 1):
        counting.start(as_version(served, version))
    for _ in range(2):
        counting.answer(served)
    counting.writer.write()
    assert counting.only.requests.answered == 2


def test_rows_beyond_the_limit_are_thinned_and_all_are_counted_as_rows(store: ModelStore) -> None:
    counting, served = Counting(store, rows_per_second=100), serve(store)
    counting.start(served)
    for rows in (1, 1, 5000, 70, 1):
        counting.answer(served, rows)
    counting.writer.write()
    found = counting.only
    assert found.rows == 5073
    assert 50 <= found.counted_rows <= 100
    assert total(found) == sum(found.predictions) == sum(found.probabilities) == found.counted_rows


def test_missing_values_unseen_categories_and_float32_are_counted_as_in_the_reference(
    store: ModelStore, counting: Counting
) -> None:
    served = serve(store, mixed_model())
    counting.start(served)
    rows = ROWS.astype(np.float32)
    for sent in (ROWS, rows):
        counting.counter.count_rows(served, served.model.predict(sent), sent)
    counting.writer.write()
    found = counting.only
    for place, feature in enumerate(served.model.artefact.features):
        column, counts = ROWS[:, place], found.features[place]
        assert counts.missing == 2 * np.isnan(column).sum()
        unseen = (column == -1).sum() if feature.type == "category" else 0
        assert counts.unseen == 2 * unseen
        assert sum(counts.counts) == 2 * len(ROWS) - counts.missing - counts.unseen


def test_the_values_of_a_regressor_are_counted_in_the_edges(
    store: ModelStore, counting: Counting
) -> None:
    served = serve(store, toy_regressor())
    counting.start(served)
    counting.counter.count_rows(served, Predictions(np.array([-9.0, 0.1, 9.0]), None), toy_rows(3))
    counting.writer.write()
    found = counting.only
    assert (found.predictions[0], found.predictions[-1], sum(found.predictions)) == (1, 1, 3)
    assert found.probabilities == ()


def test_counts_of_many_threads_lose_nothing(store: ModelStore, counting: Counting) -> None:
    served = serve(store)
    counting.start(served)
    rows = toy_rows(2)
    predictions = served.model.predict(rows)

    def count() -> None:
        for _ in range(2000):
            counting.counter.count_rows(served, predictions, rows)
            counting.counter.count_replies(1, [200, 503], 0.001)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        counting.writer.write()
    counting.writer.write()
    found = counting.only
    assert found.requests == Requests(answered=8000, rejected=0, failed=8000)
    assert found.rows == 16_000
    assert total(found) == found.counted_rows


def test_the_memory_of_waiting_rows_is_bounded(store: ModelStore) -> None:
    counting, served = Counting(store, rows_per_second=100_000), serve(store)
    artefact = served.model.artefact
    wide = artefact.model_copy(update={"features": artefact.features * 5000})
    counting.counter.serve(1, served.model.digest, VersionBins(wide))
    rows = np.zeros((1, 10_000))
    predictions = Predictions(np.zeros(1, np.int64), np.zeros((1, 2)))
    for _ in range(1000):
        counting.counter.count_rows(served, predictions, rows)
    waiting = counting.counter.take_rows()
    blocks = {id(block): block for _, block, _ in waiting}
    assert sum(rows.nbytes for rows, _, _ in blocks.values()) < 3 << 20
    assert all(rows.base is None for rows, _, _ in blocks.values())


def test_a_minute_whose_rows_are_answered_in_the_next_one_is_left_out(
    store: ModelStore, counting: Counting
) -> None:
    served = serve(store)
    counting.start(served)
    rows = toy_rows(1)
    counting.counter.count_rows(served, served.model.predict(rows), rows)
    counting.clock.now += 60
    counting.counter.count_replies(1, [200], 0.001)
    counting.writer.write()
    assert [each.minute for each in counting.only.minutes] == [1]
