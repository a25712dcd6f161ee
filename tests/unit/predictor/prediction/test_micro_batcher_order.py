"""Requests keep their order and version, also with a slow model and at the end."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

from predictor.codec.reply import Reply
from predictor.metrics.recorder import MetricsRecorder
from predictor.metrics.scrape import render_metrics
from predictor.metrics.shared_memory import MetricsMemory
from predictor.supervision.shared_records import SharedRecords
from shared.store.store import ModelStore
from tests.support.http.metrics_page import MetricsPage
from tests.support.models.toy import toy_model
from tests.unit.predictor.prediction.counted_serving import (
    GOOD,
    Serving,
    calls_of,
    counted,
    statuses,
)


def test_the_version_served_at_its_arrival_answers_each_request(
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


def test_a_slow_model_runs_in_a_thread_and_later_requests_share_the_next_call(
    store: ModelStore, thread: ThreadPoolExecutor
) -> None:
    served = counted(store, toy_model(), is_slow=True)
    serving, slow = Serving(thread, served), calls_of(served)
    slow.may_go_on.clear()

    async def ask_while_it_computes() -> list[Reply]:
        serving.batcher.start()
        first = asyncio.ensure_future(serving.batcher.predict(GOOD))
        await asyncio.to_thread(slow.is_called.wait, 60)
        others = [asyncio.ensure_future(serving.batcher.predict(GOOD)) for _ in range(5)]
        await asyncio.sleep(0)
        assert not first.done()
        slow.may_go_on.set()
        return await asyncio.gather(first, *others)

    assert statuses(asyncio.run(ask_while_it_computes())) == [200] * 6
    assert slow.calls == [1, 5]
    assert all(name.startswith("slow") for name in slow.threads)


def test_requests_that_wait_at_the_end_get_a_reply(
    store: ModelStore, thread: ThreadPoolExecutor
) -> None:
    served = counted(store, toy_model(), is_slow=True)
    serving, slow = Serving(thread, served), calls_of(served)
    slow.may_go_on.clear()

    failed: list[object] = []

    async def stop_while_it_computes() -> list[Reply]:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: failed.append(context))
        serving.batcher.start()
        asked = [asyncio.ensure_future(serving.batcher.predict(GOOD))]
        await asyncio.to_thread(slow.is_called.wait, 60)
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
    """A reply target of the fast path."""

    def __init__(self) -> None:
        self.statuses: list[int] = []

    def deliver(self, reply: Reply) -> None:
        self.statuses.append(reply.status)


def test_requests_of_the_fast_path_are_counted(
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
    page = MetricsPage(render_metrics(memory, SharedRecords()).decode())
    requests = page.all("modelgate_predictor_requests_total")
    assert {key: count for key, count in requests.items() if count} == {
        ("/predict", "200"): 3,
        ("/predict", "422"): 1,
    }
    assert page("modelgate_predictor_request_duration_seconds_count", endpoint="/predict") == 4
    assert page("modelgate_predictor_batch_rows_count") == 1
    assert sum(page.all("modelgate_predictor_predictions_total").values()) == 4
