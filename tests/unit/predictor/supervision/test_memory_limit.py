"""A worker limits its own data, so that an allocation fails instead of the machine."""

import resource

import pytest

from predictor.supervision import memory_limit
from predictor.supervision.memory_limit import limit_memory
from tests.support.processes.forks import fork

GIB = 1 << 30


def limit_of(limit_mib: int | None, workers: int, machine: int) -> None:
    """Exit with an error unless the limit is set as expected; run this in a fork."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory_limit, "find_memory_limit", lambda: machine)
        limit_memory(limit_mib, workers)


@pytest.mark.parametrize(
    ("limit_mib", "workers", "expected"),
    [(None, 1, 8 * GIB), (None, 2, 4 * GIB), (None, 16, 4 * GIB), (1024, 16, GIB)],
)
def test_the_default_is_the_memory_and_for_several_workers_half_of_it(
    limit_mib: int | None, workers: int, expected: int
) -> None:
    def check() -> None:
        limit_of(limit_mib, workers, 8 * GIB)
        assert resource.getrlimit(resource.RLIMIT_DATA) == (expected, expected)

    assert fork(check).wait() == 0


def test_beyond_the_limit_an_allocation_fails() -> None:
    def allocate() -> None:
        limit_of(None, 1, 2 * GIB)
        with pytest.raises(MemoryError):
            bytearray(3 * GIB)
        bytearray(1 << 20)

    assert fork(allocate).wait() == 0
