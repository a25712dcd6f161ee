"""The requests of one turn share one model call, and do not affect each other."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from predictor.codec.row_reader import BodyReader
from predictor.lifecycle.event_loop_budget import MAX_LOOP_ROWS
from predictor.metrics.recorder import MetricsRecorder
from predictor.metrics.scrape import render_metrics
from predictor.metrics.shared_memory import MetricsMemory
from predictor.supervision.shared_records import SharedRecords
from shared.errors import ServableError
from shared.inference.servable import Rows
from shared.store.store import ModelStore
from tests.support.http.metrics_page import MetricsPage
from tests.support.models.served import model_that_fails_above_three
from tests.support.models.toy import toy_model
from tests.unit.predictor.prediction.counted_serving import (
    GOOD,
    Serving,
    calls_of,
    counted,
    statuses,
)


def test_the_requests_of_one_turn_are_one_call(
    store: ModelStore, thread: ThreadPoolExecutor
) -> None:
    serving = Serving(thread, counted(store, toy_model()))
    assert serving.served
    bodies = [b'{"features": [%d, 2]}' % number for number in range(40)]
    together = serving.ask(*bodies)
    assert calls_of(serving.served).calls == [40]
    assert together == [reply for body in bodies for reply in serving.ask(body)]
    assert calls_of(serving.served).calls == [40, *[1] * 40]


def test_the_rows_of_one_call_are_limited(store: ModelStore, thread: ThreadPoolExecutor) -> None:
    serving = Serving(thread, counted(store, toy_model()))
    assert serving.served
    assert statuses(serving.ask(*[GOOD] * (2 * MAX_LOOP_ROWS + 1))) == [200] * (
        2 * MAX_LOOP_ROWS + 1
    )
    assert calls_of(serving.served).calls == [MAX_LOOP_ROWS, MAX_LOOP_ROWS, 1]


def test_a_body_of_many_rows_is_answered_in_a_thread(
    store: ModelStore, thread: ThreadPoolExecutor
) -> None:
    serving = Serving(thread, counted(store, toy_model()))
    assert serving.served
    threads = calls_of(serving.served).threads
    for count, is_in_thread in ((MAX_LOOP_ROWS, False), (MAX_LOOP_ROWS + 1, True)):
        for row in ([1, 2], {"width": 1, "height": 2}):
            threads.clear()
            many = json.dumps({"instances": [row] * count}).encode()
            assert statuses(serving.ask(GOOD, many, GOOD)) == [200] * 3
            assert all(name.startswith("slow") is is_in_thread for name in threads)


def test_a_bad_request_does_not_affect_the_others_in_the_batch(
    store: ModelStore, thread: ThreadPoolExecutor
) -> None:
    overflowing = toy_model(weights=(1e30, 1e30))
    serving = Serving(thread, counted(store, overflowing))
    bad = [
        b"rubbish",
        b'{"features": [1]}',
        b'{"features": [1e39, 0]}',
        b'{"features": [1e38, 1e38]}',
        b'{"instances": []}',
    ]
    zero = b'{"features": [0, 0]}'
    many = b'{"instances": [[0, 0]]}'
    for shuffled in ([zero, *bad, many, zero], [*bad, zero], bad):
        replies = serving.ask(*shuffled)
        for body, reply in zip(shuffled, replies, strict=True):
            assert (body, reply.status) == (body, 422 if body in bad else 200)
            assert [reply] == serving.ask(body)


def test_a_row_on_which_the_model_fails_does_not_affect_the_others(
    store: ModelStore, thread: ThreadPoolExecutor
) -> None:
    serving = Serving(thread, counted(store, model_that_fails_above_three()))
    replies = serving.ask(b'{"features": [1]}', b'{"features": [4]}', b'{"features": [3]}')
    assert statuses(replies) == [200, 500, 200]
    assert [json.loads(replies[index].body)["prediction"] for index in (0, 2)] == [10, 30]


def test_every_request_is_answered_after_any_error(
    store: ModelStore, thread: ThreadPoolExecutor
) -> None:
    served = counted(store, toy_model())
    serving = Serving(thread, served)
    calls_of(served).failure = MemoryError()
    assert statuses(serving.ask(GOOD, b"rubbish", GOOD)) == [500] * 3
    calls_of(served).failure = ServableError("no")
    assert statuses(serving.ask(GOOD, b"rubbish", GOOD)) == [500, 422, 500]


class BrokenReader(BodyReader):
    """A reader that crashes on one body."""

    def read_one(self, body: bytes) -> list[float] | None:
        if body == b"poison":
            raise MemoryError
        return [1.0, 2.0]

    def _read_rows(self, text: bytes) -> tuple[Rows, int]:
        raise AssertionError


def test_after_a_crash_of_the_reader_all_are_answered_and_the_next_turn_works(
    store: ModelStore, thread: ThreadPoolExecutor
) -> None:
    served = counted(store, toy_model())
    reader = BrokenReader(served.model.reader.schema)
    serving = Serving(thread, replace(served, model=replace(served.model, reader=reader)))
    assert statuses(serving.ask(GOOD, b"poison", GOOD)) == [500] * 3
    assert statuses(serving.ask(GOOD, GOOD)) == [200] * 2


@pytest.mark.parametrize("is_slow", [False, True])
def test_answers_do_not_fail_when_there_is_no_memory_to_count_them(
    store: ModelStore,
    thread: ThreadPoolExecutor,
    is_slow: bool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Count on the event loop and in the thread of a slow model; later answers are counted."""
    memory = MetricsMemory(slots=1)
    served = counted(store, toy_model(), is_slow=is_slow)
    serving = Serving(thread, served, MetricsRecorder(memory))

    def find_no_memory(*_arguments: object) -> list[int]:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr("predictor.metrics.recorder._count_classes", find_no_memory)
        assert statuses(serving.ask(GOOD, GOOD)) == [200, 200]
        assert statuses(serving.ask(GOOD)) == [200]
    assert caplog.text.count("some metrics are lost: MemoryError") == 1
    assert statuses(serving.ask(GOOD)) == [200]
    page = MetricsPage(render_metrics(memory, SharedRecords()).decode())
    assert sum(page.all("modelgate_predictor_predictions_total").values()) == 1
