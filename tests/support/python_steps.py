"""The number of steps of Python: what code costs, also on a busy machine."""

import gc
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def count_python_steps(action: Callable[[], object]) -> int:
    """Return how many functions of Python *action* calls, and how many lines they execute.

    Each turn of a loop counts, also if the loop is one line. No garbage is collected meanwhile: it
    may belong to other tests, and Hypothesis calls a function at each collection.
    """
    count = 0

    def note(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal count
        count += event in {"call", "line"}
        return note

    before, collects = sys.gettrace(), gc.isenabled()
    gc.disable()
    sys.settrace(note)
    try:
        action()
    finally:
        sys.settrace(before)
        if collects:
            gc.enable()
    return count
