"""Show each model call to the parent process, which ends a worker whose call does not end."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import get_ident

from predictor.supervision.shared_records import LANES, LOAD_LANE, WorkerRecord, lane_index
from shared.errors import ServableError
from shared.inference.servable import AnyRows, Predictions, Servable

_OUT_OF_MEMORY = ("bad_alloc", "bad allocation", "Failed to allocate memory")
"""Parts of onnxruntime's messages."""


class _Lane:
    __slots__ = ("digest", "index", "number")

    def __init__(self, number: int) -> None:
        self.number = number
        self.index = lane_index(number)
        self.digest = ""


class CallWatch:
    """The model calls of one worker. Each thread that calls or loads models has a lane."""

    def __init__(self, record: WorkerRecord) -> None:
        self.record = record
        self.lanes: dict[int, _Lane] = {}
        self._lock = threading.Lock()

    def own_lane(self) -> _Lane:
        """Return the lane of this thread."""
        with self._lock:
            number = LOAD_LANE + 1 + len(self.lanes)
            if number == LANES:
                raise RuntimeError(f"More than {LANES - 1} threads call models.")
            return self.lanes.setdefault(get_ident(), _Lane(number))

    @contextmanager
    def loading(self, digest: str) -> Iterator[None]:
        """Show that the only thread that loads models loads *digest*."""
        index = lane_index(LOAD_LANE)
        self.record.name_lane(LOAD_LANE, digest)
        self.record.words[index] = time.monotonic()
        try:
            yield
        except Exception:
            self.record.words[index] = 0.0
            raise
        self.record.words[index] = 0.0

    def longest_call(self) -> float:
        """Return for how many seconds the oldest unfinished call has run."""
        now = time.monotonic()
        calls = (began for lane, began in self.record.running() if lane != LOAD_LANE)
        return max((now - began for began in calls), default=0.0)

    def is_loading(self) -> bool:
        """Report whether a model is being loaded."""
        return any(lane == LOAD_LANE for lane, _ in self.record.running())


class WatchedServable:
    """A model whose calls are watched."""

    def __init__(self, servable: Servable, digest: str, watch: CallWatch) -> None:
        self._predict = servable.predict
        self._digest = digest
        self._watch = watch
        self._lanes = watch.lanes
        self._words = watch.record.words

    def predict(self, rows: AnyRows) -> Predictions:
        """Predict for *rows*; raise ServableError if the model fails.

        After any other end of the call, such as the exit of the process, it stays visible.
        """
        lane = self._lanes.get(get_ident()) or self._watch.own_lane()
        if lane.digest is not self._digest:
            self._watch.record.name_lane(lane.number, self._digest)
            lane.digest = self._digest
        self._words[lane.index] = time.monotonic()
        try:
            predictions = self._predict(rows)
        except Exception as error:
            self._words[lane.index] = 0.0
            if isinstance(error, ServableError) and _ran_out_of_memory(error):
                self._watch.record.count_memory_failure(self._digest)
            raise
        self._words[lane.index] = 0.0
        return predictions


def _ran_out_of_memory(error: ServableError) -> bool:
    cause = error.__cause__
    return isinstance(cause, MemoryError) or any(part in str(cause) for part in _OUT_OF_MEMORY)
