"""Waiting for a condition instead of sleeping for a guess."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

PATIENCE_SECONDS = 60.0
"""Long enough for a slow machine; a condition that holds is noticed at once."""


def wait_for(
    condition: Callable[[], Found | None], what: str, within: float = PATIENCE_SECONDS
) -> Found:
    """Return the first truthy answer of *condition*; fail naming *what* when none comes."""
    deadline = time.monotonic() + within
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"Waited {within:.0f} s in vain for {what}.")
        time.sleep(0.01)
    return found
