"""All heartbeats at one moment: those that can be used, and those that are left out."""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.contract.heartbeat import Heartbeat
from shared.text import shorten, to_printable

MAX_NAMED = 20
"""The most unusable heartbeats that are named."""
MAX_REASON_CHARACTERS = 500
"""Most characters of the reason why a heartbeat is left out."""


@dataclass(frozen=True)
class LeftOut:
    """A file in serving/ that is not a usable heartbeat, and the reason."""

    name: str
    reason: str


@dataclass(frozen=True)
class FleetSurvey:
    """All heartbeats at one moment, in the order of their workers."""

    heartbeats: tuple[Heartbeat, ...]
    live: frozenset[str] = frozenset()
    """The names of the workers that are alive or not judged yet."""
    unjudged: frozenset[str] = frozenset()
    """The names of those that are not judged yet: the reader has not watched them long enough."""
    left_out: tuple[LeftOut, ...] = ()
    not_read: int = 0
    """The number of older files beyond those that are read."""

    def describe_left_out(self) -> Iterator[str]:
        """Yield a sentence for each of the first heartbeats that are left out, and the rest."""
        for each in self.left_out[:MAX_NAMED]:
            reason = shorten(to_printable(each.reason), MAX_REASON_CHARACTERS)
            yield f"Heartbeat left out: {reason}"
        if (more := len(self.left_out) - MAX_NAMED) > 0:
            yield f"Heartbeats left out: {more} more. Run `make fsck`."
        if self.not_read:
            yield (
                f"Heartbeats not read: {self.not_read} older ones. "
                "Delete the files of dead workers in the store's directory serving."
            )
