"""The number of Python's function calls: what code costs, also on a busy machine."""

import sys
from collections.abc import Callable


def count_python_calls(action: Callable[[], object]) -> int:
    """Return how many functions of Python *action* calls; each step of a generator counts."""
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        action()
    finally:
        sys.setprofile(before)
    return count
