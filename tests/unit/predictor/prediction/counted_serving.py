"""A MicroBatcher whose model counts its calls."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from predictor.codec.reply import Reply, not_ready_reply
from predictor.lifecycle.loader import ModelLoader
from predictor.lifecycle.served_model import ServedModel
from predictor.live.live_counter import LiveCounter
from predictor.metrics.recorder import MetricsRecorder
from predictor.prediction.micro_batcher import MicroBatcher
from shared.inference.servable import AnyRows, Predictions, Servable
from shared.store.store import ModelStore
from tests.support.http.metrics_page import new_recorder
from tests.support.models.toy import ToyModel
from tests.support.stores.builders import promote

GOOD = b'{"features": [1, 2]}'


@dataclass
class CountedServable:
    """A servable that records the rows of each call, and can wait or fail."""

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
        assert self.may_go_on.wait(60)
        if self.failure is not None:
            raise self.failure
        return self.inner.predict(rows)


def counted(store: ModelStore, model: ToyModel, *, is_slow: bool = False) -> ServedModel:
    """Make a served model that counts its calls."""
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


class Serving:
    """A batcher that serves the model in `served`."""

    def __init__(
        self,
        thread: ThreadPoolExecutor,
        served: ServedModel | None,
        metrics: MetricsRecorder | None = None,
    ) -> None:
        self.served = served
        self.live = LiveCounter(rows_per_second=500)
        metrics = metrics or new_recorder()
        self.batcher = MicroBatcher(
            self, lambda: not_ready_reply("none yet"), thread, metrics, self.live
        )

    def ask(self, *bodies: bytes) -> list[Reply]:
        """Submit all bodies in one turn."""

        async def at_once() -> list[Reply]:
            self.batcher.start()
            return await asyncio.gather(*map(self.batcher.predict, bodies))

        return asyncio.run(at_once())


def statuses(replies: list[Reply]) -> list[int]:
    return [reply.status for reply in replies]
