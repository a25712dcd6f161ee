"""The last live scores, from the thread that computes them to those that show them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gatekeeper.evidence.live_score_messages import VersionScore


@dataclass(frozen=True)
class LiveScore:
    """The score of a version by labels, or why it has none."""

    found: VersionScore
    computed_at: datetime


@dataclass
class ScoreBoard:
    """The scores of production and its predecessor, for any thread. They are not on the volume."""

    metric: str
    """METRIC, by which versions are scored."""
    scores: Mapping[int, LiveScore] = field(default_factory=dict)
    """By version. The mapping is replaced as a whole and never changed."""
    problem: str | None = None
    """Why scores cannot be computed now; None if they can."""

    def report(self, problem: str | None) -> None:
        """Take why scores cannot be computed now; None if they can."""
        self.problem = problem
