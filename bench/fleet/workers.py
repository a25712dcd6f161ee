"""`python -m bench.fleet.workers STORE COUNT`: workers that follow the protocol without serving.

Each polls registry.json and writes its heartbeat with the predictor's own code. All share one
loaded model. They print JSON lines of two kinds. A list is a version and the time at which a
worker reported it. An object has the operations on the volume so far, once a second.
"""

import heapq
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from predictor.lifecycle.heartbeat_writer import HeartbeatWriter, WorkerReport, make_worker_name
from predictor.lifecycle.loader import LoadedModel, ModelLoader
from predictor.lifecycle.manager import WorkerStatus
from predictor.lifecycle.registry_watcher import RegistryWatcher
from predictor.lifecycle.served_model import ServedModel
from predictor.settings import PredictorSettings
from shared.contract.heartbeat import Heartbeat
from shared.store.heartbeats import Heartbeats
from shared.store.store import ModelStore, open_store
from shared.volume.poll_pace import PollPace

_CHANGES = {"os.rename", "os.remove", "os.link"}
_SETTINGS = PredictorSettings()


class Operations:
    """The operations on the volume of this process, which an audit hook counts.

    Opening a directory of a path is not counted: a client of a network file system caches it.
    """

    def __init__(self) -> None:
        self.counts = Counter[str]()
        sys.addaudithook(self._count)

    def _count(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and not arguments[2] & os.O_DIRECTORY:
            self.counts["opens"] += 1
        elif event == "os.listdir":
            self.counts["listings"] += 1
        elif event in _CHANGES:
            self.counts["changes"] += 1


class ReportingHeartbeats(Heartbeats):
    """Heartbeats that print the time at which a worker first reports a version."""

    _reported: int | None = None

    def write(self, heartbeat: Heartbeat) -> None:
        """Write the heartbeat, then print its version if it is new."""
        super().write(heartbeat)
        if heartbeat.serving_version != self._reported:
            self._reported = heartbeat.serving_version
            _print([self._reported, time.time()])


class SimulatedWorker:
    """One worker: it adopts each new version at once, without loading a model."""

    def __init__(self, store: ModelStore, model: LoadedModel) -> None:
        self._model = model
        self._watcher = RegistryWatcher(store.registry)
        self._pace = PollPace(_SETTINGS.poll_seconds)
        self._status = WorkerStatus()
        self._writer = HeartbeatWriter(
            ReportingHeartbeats(store.layout),
            make_worker_name(),
            lambda: WorkerReport(self._status, None),
            _SETTINGS.heartbeat_seconds,
        )

    def beat(self) -> float:
        """Write a heartbeat, and return the seconds to the next one."""
        self._writer.beat()
        return _SETTINGS.heartbeat_seconds

    def poll(self) -> float:
        """Read registry.json once, report a new version; return the seconds to the next poll."""
        with self._pace.look():
            desired = self._watcher.poll().desired
        if desired is not None and desired != self._status.desired:
            served = ServedModel.create(self._model, desired, datetime.now(UTC))
            self._status = WorkerStatus(desired, served)
            self._writer.beat()
        return self._pace.wait_seconds


def main() -> None:
    """Run until SIGTERM."""
    signal.signal(signal.SIGTERM, _leave)
    root, count = Path(sys.argv[1]), int(sys.argv[2])
    store = open_store(root)
    registry = store.registry.read()
    assert registry is not None  # noqa: S101 - a model is in production
    model = ModelLoader(store.models, allow_joblib=False).load(registry.digest)
    operations = Operations()
    workers = [SimulatedWorker(store, model) for _ in range(count)]

    def report() -> float:
        _print({"at": time.time(), **operations.counts})
        return 1.0

    for worker in workers:
        worker.poll()
    _repeat_for_ever(
        [
            (_SETTINGS.poll_seconds, [worker.poll for worker in workers]),
            (_SETTINGS.heartbeat_seconds, [worker.beat for worker in workers]),
            (0.0, [report]),
        ]
    )


def _repeat_for_ever(actions: list[tuple[float, list[Callable[[], float]]]]) -> NoReturn:
    """Repeat all actions in one thread; each returns the seconds to its next turn.

    The first turns of the actions of a list are spread evenly over its seconds.
    """
    every = [each for _, list_ in actions for each in list_]
    started = time.monotonic()
    delays = [
        seconds * place / len(list_) for seconds, list_ in actions for place in range(len(list_))
    ]
    queue = [(started + delay, place) for place, delay in enumerate(delays)]
    heapq.heapify(queue)
    while True:
        due, place = queue[0]
        time.sleep(max(0.0, due - time.monotonic()))
        wait = every[place]()
        heapq.heapreplace(queue, (max(due, time.monotonic() - wait) + wait, place))


def _print(content: object) -> None:
    sys.stdout.write(f"{json.dumps(content)}\n")
    sys.stdout.flush()


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(0)  # the heartbeats stay: the store is thrown away


if __name__ == "__main__":
    main()
