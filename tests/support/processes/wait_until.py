"""Waiting for a condition, instead of sleeping for a guessed time."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

PATIENCE_SECONDS = 60.0
"""Seconds to wait for a condition, enough for a slow machine."""
LONGEST_PAUSE_SECONDS = 0.1
"""Seconds between two looks, when the condition does not come soon: looking takes time too."""


def wait_for(
    condition: Callable[[], Found | None], what: str, within: float = PATIENCE_SECONDS
) -> Found:
    """Return the first true result of *condition*. Fail and name *what* if none comes in time."""
    deadline, pause = time.monotonic() + within, 0.01
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"Waited {within:.0f} s for {what}, which did not come.")
        time.sleep(pause)
        pause = min(1.5 * pause, LONGEST_PAUSE_SECONDS)
    return found
