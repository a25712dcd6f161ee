"""Named numbers in shared memory: one process writes, and any process may read at any time.

Each number is one aligned word, so a reader sees it either before or after a change. The first
word is the number of words in use, plus the whole size for each time they were cleared. It is
written last, so a record that a killed writer left incomplete is not visible.
"""

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

import msgspec

Numbers: TypeAlias = "memoryview[float]"
"""Float64 numbers in shared memory."""

_WORD = 8


class VectorKey(NamedTuple):
    """The name of a vector of numbers."""

    name: str
    """The family's name."""
    labels: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    """The last label's value for each number; empty if all numbers are one sample."""


class AreaFullError(RuntimeError):
    """The area has no space for another vector. This is a defect."""


class SharedArea:
    """The writer's view. It continues with the numbers of the writer before it."""

    def __init__(self, memory: memoryview) -> None:
        self._memory = memory
        self._words = memory.cast("d")
        self._size = len(self._words)
        self._vectors: dict[VectorKey, Numbers] = {}
        for key, start, end in _records(bytes(memory[: self._used * _WORD])):
            self._vectors[key] = self._words[start:end]

    @property
    def keys(self) -> list[VectorKey]:
        """The keys of all vectors."""
        return list(self._vectors)

    def vector(self, key: VectorKey, length: int) -> Numbers:
        """Return the *length* numbers of *key*; new ones are 0. Raises AreaFullError."""
        if key not in self._vectors:
            self._vectors[key] = self._append(key, length)
        return self._vectors[key]

    def clear(self) -> None:
        """Remove all vectors."""
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
            raise AreaFullError(f"The metrics area has no space for {key.name}.")
        self._words[start] = words
        self._words[start + 1] = length
        self._memory[(start + 2) * _WORD : numbers * _WORD] = text.ljust(words * _WORD)
        vector = self._words[numbers : numbers + length]
        for index in range(length):
            vector[index] = 0.0
        self._words[0] += 2 + words + length
        return vector


def read_area(memory: memoryview) -> dict[VectorKey, list[float]]:
    """Read the numbers of an area, also while another process writes there."""
    header, size = memory.cast("d"), len(memory) // _WORD
    while True:
        cleared, used = divmod(int(header[0]), size)
        copy = bytes(memory[: (1 + used) * _WORD])
        if int(header[0]) // size == cleared:
            break
    words = memoryview(copy).cast("d")
    return {key: list(words[start:end]) for key, start, end in _records(copy)}


def _records(copy: bytes) -> Iterator[tuple[VectorKey, int, int]]:
    """Yield each key in *copy* with the start and end of its numbers, in words."""
    words = memoryview(copy).cast("d")
    start = 1
    while start < len(words):
        numbers = start + 2 + int(words[start])
        end = numbers + int(words[start + 1])
        text = copy[(start + 2) * _WORD : numbers * _WORD]
        yield msgspec.json.decode(text, type=VectorKey), numbers, end
        start = end
