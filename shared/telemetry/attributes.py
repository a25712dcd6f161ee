"""The attributes of spans: versions, digests, outcomes, statuses and counts.

They never are features, ids or tokens.
"""

from collections.abc import Mapping
from typing import Protocol, TypeAlias

Attributes: TypeAlias = Mapping[str, str | int]

VERSION = "modelgate.model.version"
DIGEST = "modelgate.model.digest"
OUTCOME = "modelgate.outcome"
ROWS = "modelgate.rows"


class Span(Protocol):
    """A piece of work that is not finished yet."""

    def add(self, attributes: Attributes) -> None:
        """Add attributes."""
        ...
