"""The memory in which workers show their model calls, and the parent shows the quarantine.

Each worker has a record of its own. Only that worker writes there; the parent only writes that it
retires. A call costs its thread two stores: when it begins and when it ends. The memory has no
name: forks inherit it.
"""

import json
import mmap
from collections.abc import Iterator
from typing import Any

LOAD_LANE = 0
"""The lane of the thread that loads models."""
LANES = 16
"""Lanes of a worker: threads that load or call models, one each."""
MAX_WORKERS = 512
_WORD = 8
_DIGEST_WORDS = 4
_HEAD_WORDS = 8
_LANE_WORDS = 1 + _DIGEST_WORDS
_RECORD_BYTES = (_HEAD_WORDS + LANES * _LANE_WORDS) * _WORD
_LOOP_BEAT, _MEMORY_FAILURES, _MEMORY_DIGEST, _RETIRES = 0, 1, 2, 6
_GENERATION, _LENGTH, _DRAINS, _NOTICE = 0, 1, 2, 3
_NOTICE_BYTES = 64 << 10
_PREFIX = "sha256:"


class WorkerRecord:
    """The record of one worker."""

    def __init__(self, memory: memoryview) -> None:
        self._bytes = memory
        self.words: memoryview[float] = memory.cast("d")
        """All numbers of the record. `lane_index` finds the beginning of a call."""

    def clear(self) -> None:
        """Empty the record for another worker."""
        self._bytes[:] = bytes(_RECORD_BYTES)

    @property
    def loop_beat(self) -> float:
        """When the event loop last moved, on the monotonic clock; 0 before it runs."""
        return self.words[_LOOP_BEAT]

    @loop_beat.setter
    def loop_beat(self, now: float) -> None:
        self.words[_LOOP_BEAT] = now

    @property
    def retires(self) -> bool:
        """Whether another worker has taken its place: the parent will stop it soon."""
        return self.words[_RETIRES] > 0

    @retires.setter
    def retires(self, value: bool) -> None:
        self.words[_RETIRES] = value

    @property
    def memory_failures(self) -> int:
        """The number of calls that ran out of memory."""
        return int(self.words[_MEMORY_FAILURES])

    @property
    def memory_digest(self) -> str:
        """The model of the last call that ran out of memory."""
        return self._digest(_MEMORY_DIGEST)

    def count_memory_failure(self, digest: str) -> None:
        """Count a call of *digest* that ran out of memory."""
        self._write_digest(_MEMORY_DIGEST, digest)
        self.words[_MEMORY_FAILURES] += 1

    def name_lane(self, lane: int, digest: str) -> None:
        """Note that the next calls in *lane* are calls of *digest*."""
        self._write_digest(lane_index(lane) + 1, digest)

    def running(self) -> Iterator[tuple[int, float]]:
        """Yield each lane with a call, and when the call began on the monotonic clock."""
        for lane in range(LANES):
            if began := self.words[lane_index(lane)]:
                yield lane, began

    def digest(self, lane: int) -> str:
        """Return the model that *lane* calls."""
        return self._digest(lane_index(lane) + 1)

    def _digest(self, word: int) -> str:
        start = word * _WORD
        return _PREFIX + self._bytes[start : start + _DIGEST_WORDS * _WORD].hex()

    def _write_digest(self, word: int, digest: str) -> None:
        start = word * _WORD
        data = bytes.fromhex(digest.removeprefix(_PREFIX))
        self._bytes[start : start + _DIGEST_WORDS * _WORD] = data


def lane_index(lane: int) -> int:
    """Return the index of the word with the begin of the call in *lane*, which is 0 without one."""
    return _HEAD_WORDS + lane * _LANE_WORDS


class SharedRecords:
    """The records of all workers, and the notice that the parent writes for them."""

    def __init__(self) -> None:
        self._memory = memoryview(mmap.mmap(-1, _NOTICE_BYTES + MAX_WORKERS * _RECORD_BYTES))
        self._head = self._memory[: _NOTICE * _WORD].cast("d")

    def worker(self, number: int) -> WorkerRecord:
        """Return record *number*, which counts from 0."""
        start = _NOTICE_BYTES + number * _RECORD_BYTES
        return WorkerRecord(self._memory[start : start + _RECORD_BYTES])

    @property
    def is_draining(self) -> bool:
        """Whether the predictor will stop soon. Only the parent sets it."""
        return self._head[_DRAINS] > 0

    @is_draining.setter
    def is_draining(self, value: bool) -> None:
        self._head[_DRAINS] = value

    @property
    def generation(self) -> float:
        """A number that changes with the notice."""
        return self._head[_GENERATION]

    def write_notice(self, content: dict[str, Any]) -> None:
        """Replace the notice. Only the parent does this."""
        start = _NOTICE * _WORD
        text = json.dumps(content).encode()[: _NOTICE_BYTES - start]
        self._head[_GENERATION] += 1  # odd: being written
        self._memory[start : start + len(text)] = text
        self._head[_LENGTH] = len(text)
        self._head[_GENERATION] += 1

    def read_notice(self) -> dict[str, Any]:
        """Return the notice; empty before the first one."""
        while True:
            before, length = self._head[_GENERATION], int(self._head[_LENGTH])
            text = bytes(self._memory[_NOTICE * _WORD : _NOTICE * _WORD + length])
            if before % 2 == 0 and self._head[_GENERATION] == before:
                found: dict[str, Any] = json.loads(text) if text else {}
                return found
