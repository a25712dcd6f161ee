"""The requests of one turn share a call, and nothing else: no error, no order, no waiting."""

import asyncio
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from predictor.codec.reply import Reply, not_ready_reply
from predictor.codec.row_reader import BodyReader
from predictor.lifecycle.event_loop_budget import MAX_LOOP_ROWS
from predictor.lifecycle.loader import ModelLoader
from predictor.lifecycle.served_model import ServedModel
from predictor.metrics.recorder import MetricsRecorder
from predictor.metrics.scrape import render_metrics
from predictor.metrics.shared_memory import MetricsMemory
from predictor.prediction.micro_batcher import MicroBatcher
from shared.errors import ServableError
from shared.inference.servable import AnyRows, Predictions, Rows, Servable
from shared.store.store import ModelStore
from tests.support.http.metrics_page import MetricsPage, new_recorder
from tests.support.models.served import model_that_fails_above_three
from tests.support.models.toy import ToyModel, toy_model
from tests.support.stores.builders import promote

GOOD = b'{"features": [1, 2]}'


@dataclass
class CountedServable:
    """A servable that notes the rows of each call, and can be made to wait or to break."""

    inner: Servable
    calls: list[int] = field(default_factory=list)
    threads: set[str] = field(default_factory=set)
    is_called: threading.Event = field(default_factory=threading.Event)
    may_go_on: threading.Event = field(default_factory=threading.Event)
    failure: Exception | None = None

    def predict(self, rows: AnyRows) -> Predictions:
        self.calls.append(len(rows))
        self.threads.add(threading.current_thread().name)
        self.is_called.set()
        assert self.may_go_on.wait(30)
        if self.failure is not None:
            raise self.failure
        return self.inner.predict(rows)


def counted(store: ModelStore, model: ToyModel, *, is_slow: bool = False) -> ServedModel:
    """What a worker serves, with its calls counted."""
    registry = promote(store, model)
    loaded = ModelLoader(store.models, allow_joblib=False).load(model.digest)
    servable = CountedServable(loaded.servable)
    servable.may_go_on.set()
    return ServedModel.create(
        replace(loaded, servable=servable, is_slow=is_slow), registry, datetime.now(UTC)
    )


def calls_of(served: ServedModel) -> CountedServable:
    assert isinstance(served.model.servable, CountedServable)
    return served.model.servable


@pytest.fixture
def thread() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1, thread_name_prefix="slow") as executor:
        yield executor


class Serving:
    """A batcher over what is in `served`."""

    def __init__(
        self,
        thread: ThreadPoolExecutor,
        served: ServedModel | None,
        metrics: MetricsRecorder | None = None,
    ) -> None:
        self.served = served
        metrics = metrics or new_recorder()
        self.batcher = MicroBatcher(self, lambda: not_ready_reply("none yet"), thread, metrics)

    def ask(self, *bodies: bytes) -> list[Reply]:
        """Ask all in one turn."""

        async def at_once() -> list[Reply]:
            self.batcher.start()
            return await asyncio.gather(*map(self.batcher.predict, bodies))

        return asyncio.run(at_once())


def statuses(replies: list[Reply]) -> list[int]:
    return [reply.status for reply in replies]


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


def test_a_call_has_a_largest_number_of_rows(store: ModelStore, thread: ThreadPoolExecutor) -> None:
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


def test_what_is_wrong_with_one_request_does_not_touch_its_neighbours(
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


def test_a_row_on_which_the_model_fails_does_not_touch_its_neighbours(
    store: ModelStore, thread: ThreadPoolExecutor
) -> None:
    serving = Serving(thread, counted(store, model_that_fails_above_three()))
    replies = serving.ask(b'{"features": [1]}', b'{"features": [4]}', b'{"features": [3]}')
    assert statuses(replies) == [200, 500, 200]
    assert [json.loads(replies[index].body)["prediction"] for index in (0, 2)] == [10, 30]


def test_whatever_breaks_everyone_is_answered(
    store: ModelStore, thread: ThreadPoolExecutor
) -> None:
    served = counted(store, toy_model())
    serving = Serving(thread, served)
    calls_of(served).failure = MemoryError()
    assert statuses(serving.ask(GOOD, b"rubbish", GOOD)) == [500] * 3
    calls_of(served).failure = ServableError("no")
    assert statuses(serving.ask(GOOD, b"rubbish", GOOD)) == [500, 422, 500]


class BrokenReader(BodyReader):
    """A reader with a defect that one body brings to light."""

    def read_one(self, body: bytes) -> list[float] | None:
        if body == b"poison":
            raise MemoryError
        return [1.0, 2.0]

    def _read_rows(self, text: bytes) -> tuple[Rows, int]:
        raise AssertionError


def test_when_a_body_cannot_even_be_read_everyone_is_answered_and_the_next_turn_is_as_ever(
    store: ModelStore, thread: ThreadPoolExecutor
) -> None:
    served = counted(store, toy_model())
    reader = BrokenReader(served.model.artefact.features)
    serving = Serving(thread, replace(served, model=replace(served.model, reader=reader)))
    assert statuses(serving.ask(GOOD, b"poison", GOOD)) == [500] * 3
    assert statuses(serving.ask(GOOD, GOOD)) == [200] * 2


def test_everyone_is_answered_by_the_version_that_was_served_when_they_asked(
    store: ModelStore, thread: ThreadPoolExecutor
) -> None:
    old, new = counted(store, toy_model()), counted(store, toy_model(bias=1.0))
    serving = Serving(thread, None)

    async def ask_between_swaps() -> list[Reply]:
        serving.batcher.start()
        asked = []
        for served in (None, old, old, new):
            serving.served = served
            asked.append(asyncio.ensure_future(serving.batcher.predict(GOOD)))
            await asyncio.sleep(0)
        return await asyncio.gather(*asked)

    async def ask_in_one_turn() -> list[Reply]:
        serving.batcher.start()
        loop = asyncio.get_running_loop()
        replies: list[asyncio.Future[Reply]] = [loop.create_future() for _ in range(4)]

        class Into:
            def __init__(self, future: "asyncio.Future[Reply]") -> None:
                self.deliver = future.set_result

        for future, served in zip(replies, (None, old, old, new), strict=True):
            serving.served = served
            serving.batcher.submit(GOOD, Into(future))
        return await asyncio.gather(*replies)

    for ask in (ask_between_swaps, ask_in_one_turn):
        replies = asyncio.run(ask())
        assert statuses(replies) == [503, 200, 200, 200]
        assert [reply.headers.get("x-model-version") for reply in replies] == [None, "1", "1", "2"]


def test_a_slow_model_is_called_in_a_thread_and_what_comes_meanwhile_is_gathered(
    store: ModelStore, thread: ThreadPoolExecutor
) -> None:
    served = counted(store, toy_model(), is_slow=True)
    serving, slow = Serving(thread, served), calls_of(served)
    slow.may_go_on.clear()

    async def ask_while_it_computes() -> list[Reply]:
        serving.batcher.start()
        first = asyncio.ensure_future(serving.batcher.predict(GOOD))
        await asyncio.to_thread(slow.is_called.wait, 30)
        others = [asyncio.ensure_future(serving.batcher.predict(GOOD)) for _ in range(5)]
        await asyncio.sleep(0)
        assert not first.done()
        slow.may_go_on.set()
        return await asyncio.gather(first, *others)

    assert statuses(asyncio.run(ask_while_it_computes())) == [200] * 6
    assert slow.calls == [1, 5]
    assert all(name.startswith("slow") for name in slow.threads)


def test_who_still_waits_at_the_end_is_told(store: ModelStore, thread: ThreadPoolExecutor) -> None:
    served = counted(store, toy_model(), is_slow=True)
    serving, slow = Serving(thread, served), calls_of(served)
    slow.may_go_on.clear()

    failed: list[object] = []

    async def stop_while_it_computes() -> list[Reply]:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: failed.append(context))
        serving.batcher.start()
        asked = [asyncio.ensure_future(serving.batcher.predict(GOOD))]
        await asyncio.to_thread(slow.is_called.wait, 30)
        asked.append(asyncio.ensure_future(serving.batcher.predict(GOOD)))
        await asyncio.sleep(0)
        serving.batcher.stop()
        replies = await asyncio.gather(*asked)
        slow.may_go_on.set()
        await asyncio.to_thread(thread.submit(int).result)  # behind the call in its thread
        await asyncio.sleep(0)
        return replies

    replies = asyncio.run(stop_while_it_computes())
    assert failed == []
    assert statuses(replies) == [503, 503]
    assert json.loads(replies[0].body)["error"]["code"] == "stopping"


class Caller:
    """What asks past the application."""

    def __init__(self) -> None:
        self.statuses: list[int] = []

    def deliver(self, reply: Reply) -> None:
        self.statuses.append(reply.status)


def test_the_requests_of_one_turn_are_counted_where_the_application_does_not(
    store: ModelStore, thread: ThreadPoolExecutor
) -> None:
    memory = MetricsMemory(slots=1)
    served = counted(store, toy_model())
    batcher = Serving(thread, served, MetricsRecorder(memory)).batcher
    caller = Caller()

    async def one_turn() -> Reply:
        batcher.start()
        for body in (GOOD, GOOD, b"{}", GOOD):
            batcher.submit(body, caller)
        return await batcher.predict(GOOD)

    assert asyncio.run(one_turn()).status == 200
    assert caller.statuses == [200, 200, 422, 200]
    page = MetricsPage(render_metrics(memory).decode())
    requests = page.all("modelgate_predictor_requests_total")
    assert {key: count for key, count in requests.items() if count} == {
        ("/predict", "200"): 3,
        ("/predict", "422"): 1,
    }
    assert page("modelgate_predictor_request_duration_seconds_count", endpoint="/predict") == 4
    assert page("modelgate_predictor_batch_rows_count") == 1
    assert sum(page.all("modelgate_predictor_predictions_total").values()) == 4
