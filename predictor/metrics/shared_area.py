"""Named numbers in a stretch of shared memory: one process writes, any may read at any time.

Each number is one aligned word: a reader finds it as it was before a change or after it.
The first word counts the words in use, plus the whole size for each time they were cleared. It
is written last, so that what a killed writer has left half-written is not there.
"""

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

import msgspec

Numbers: TypeAlias = "memoryview[float]"
"""Float64 in shared memory."""

_WORD = 8


class VectorKey(NamedTuple):
    """What a vector of numbers is called."""

    name: str
    """A family's."""
    labels: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    """The last label's value for each number; empty where all of them are one sample."""


class AreaFullError(RuntimeError):
    """More is to be counted than was foreseen: a defect."""


class SharedArea:
    """The writer's view. It finds again what a writer before it has counted."""

    def __init__(self, memory: memoryview) -> None:
        self._memory = memory
        self._words = memory.cast("d")
        self._size = len(self._words)
        self._vectors: dict[VectorKey, Numbers] = {}
        for key, start, end in _records(bytes(memory[: self._used * _WORD])):
            self._vectors[key] = self._words[start:end]

    @property
    def keys(self) -> list[VectorKey]:
        """What is counted here."""
        return list(self._vectors)

    def vector(self, key: VectorKey, length: int) -> Numbers:
        """The numbers called *key*: *length* of them, 0 when they are new.

        Raises AreaFullError.
        """
        if key not in self._vectors:
            self._vectors[key] = self._append(key, length)
        return self._vectors[key]

    def clear(self) -> None:
        """Forget everything."""
        self._words[0] = (int(self._words[0]) // self._size + 1) * self._size
        self._vectors.clear()

    @property
    def _used(self) -> int:
        return 1 + int(self._words[0]) % self._size

    def _append(self, key: VectorKey, length: int) -> Numbers:
        text = msgspec.json.encode(key)
        words = -(-len(text) // _WORD)
        start = self._used
        numbers = start + 2 + words
        if numbers + length > self._size:
            raise AreaFullError(f"There is no room to count {key.name}.")
        self._words[start] = words
        self._words[start + 1] = length
        self._memory[(start + 2) * _WORD : numbers * _WORD] = text.ljust(words * _WORD)
        vector = self._words[numbers : numbers + length]
        for index in range(length):
            vector[index] = 0.0
        self._words[0] += 2 + words + length
        return vector


def read_area(memory: memoryview) -> dict[VectorKey, list[float]]:
    """The numbers in an area, whichever process writes there."""
    header, size = memory.cast("d"), len(memory) // _WORD
    while True:
        cleared, used = divmod(int(header[0]), size)
        copy = bytes(memory[: (1 + used) * _WORD])
        if int(header[0]) // size == cleared:
            break
    words = memoryview(copy).cast("d")
    return {key: list(words[start:end]) for key, start, end in _records(copy)}


def _records(copy: bytes) -> Iterator[tuple[VectorKey, int, int]]:
    """Each key in *copy*, and the words between which its numbers stand."""
    words = memoryview(copy).cast("d")
    start = 1
    while start < len(words):
        numbers = start + 2 + int(words[start])
        end = numbers + int(words[start + 1])
        text = copy[(start + 2) * _WORD : numbers * _WORD]
        yield msgspec.json.decode(text, type=VectorKey), numbers, end
        start = end
