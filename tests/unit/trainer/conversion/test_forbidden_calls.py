"""Only the recorded function counts when a recording looks for calls of the clock."""

import gc
import time

import pytest

from trainer.conversion.expressions.refusal import UnrecordedError
from trainer.conversion.recording.forbidden_calls import forbidden_calls


def read_the_clock(*_: object) -> float:
    return time.perf_counter()


def test_a_callback_of_the_collector_may_read_the_clock() -> None:
    gc.callbacks.append(read_the_clock)
    try:
        with forbidden_calls():
            kept = [[number] for number in range(100_000)]
    finally:
        gc.callbacks.remove(read_the_clock)
    assert len(kept) == 100_000
    assert gc.isenabled()


def test_a_function_that_reads_the_clock_is_found() -> None:
    with pytest.raises(UnrecordedError, match="the clock"), forbidden_calls():
        read_the_clock()
