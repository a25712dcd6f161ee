"""Another process can read the named numbers in shared memory."""

import pytest

from predictor.metrics.shared_area import AreaFullError, SharedArea, VectorKey, read_area

CARS = VectorKey("toys_total", ("car",))
DOLLS = VectorKey("toys_total", ("dóll",), ("small", "large"))


@pytest.fixture
def memory() -> memoryview:
    return memoryview(bytearray(1024))


def test_new_memory_is_empty(memory: memoryview) -> None:
    assert read_area(memory) == {}
    assert SharedArea(memory).keys == []


def test_counts_can_be_read(memory: memoryview) -> None:
    area = SharedArea(memory)
    area.vector(CARS, 1)[0] += 2
    dolls = area.vector(DOLLS, 2)
    dolls[1] += 0.5
    assert read_area(memory) == {CARS: [2.0], DOLLS: [0.0, 0.5]}
    assert area.vector(DOLLS, 2) is dolls


def test_the_next_writer_continues_the_counts(memory: memoryview) -> None:
    SharedArea(memory).vector(CARS, 1)[0] += 2
    successor = SharedArea(memory)
    assert successor.keys == [CARS]
    successor.vector(CARS, 1)[0] += 3
    successor.vector(DOLLS, 2)
    assert read_area(memory) == {CARS: [5.0], DOLLS: [0.0, 0.0]}


def test_cleared_counts_are_gone_and_their_space_is_zero(memory: memoryview) -> None:
    area = SharedArea(memory)
    for count in range(1, 100):
        area.vector(CARS, 1)[0] += count
        area.vector(DOLLS, 2)[0] += count
        area.clear()
        assert read_area(memory) == {}
        assert area.vector(DOLLS, 2).tolist() == [0.0, 0.0]
        assert read_area(memory) == {DOLLS: [0.0, 0.0]}


def test_an_incomplete_record_of_a_killed_writer_is_not_visible(memory: memoryview) -> None:
    area = SharedArea(memory)
    area.vector(CARS, 1)[0] += 2
    published = bytes(memory[:8])
    area.vector(DOLLS, 2)[0] += 1
    memory[:8] = published  # it died before its last write
    assert read_area(memory) == {CARS: [2.0]}
    assert SharedArea(memory).vector(DOLLS, 2).tolist() == [0.0, 0.0]


class Overtaken:
    """Memory that a writer clears and fills again while a reader copies it the first time."""

    def __init__(self, memory: memoryview) -> None:
        self._memory = memory
        self.copies = 0

    def __len__(self) -> int:
        return len(self._memory)

    def cast(self, kind: str) -> "memoryview[float]":
        return self._memory.cast("d")

    def __getitem__(self, part: slice) -> memoryview:
        self.copies += 1
        if self.copies == 1:
            area = SharedArea(self._memory)
            area.clear()
            area.vector(DOLLS, 2)[0] += 1
        return self._memory[part]


def test_a_reader_that_a_writer_overtakes_reads_again(memory: memoryview) -> None:
    SharedArea(memory).vector(CARS, 1)[0] += 2
    overtaken = Overtaken(memory)
    assert read_area(overtaken) == {DOLLS: [1.0, 0.0]}  # type: ignore[arg-type]  # a replacement for one
    assert overtaken.copies == 2


def test_a_vector_that_does_not_fit_is_refused_and_changes_nothing(memory: memoryview) -> None:
    area = SharedArea(memory)
    area.vector(CARS, 1)[0] += 2
    with pytest.raises(AreaFullError, match="toys_total"):
        area.vector(DOLLS, 1000)
    assert read_area(memory) == {CARS: [2.0]}
