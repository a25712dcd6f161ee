"""The probation as people and programs see it."""

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import BaseModel, Field

from gatekeeper.live.live_history import LiveHistory
from gatekeeper.probation.evidence_of_loss import LEAST_IDS
from gatekeeper.probation.label_limits import LabelLimits, describe_scores
from gatekeeper.probation.label_looks import LabelBoard
from gatekeeper.probation.label_scores import LabelScores
from gatekeeper.probation.on_probation import ProbationClock, find_probation
from gatekeeper.probation.probation_check import count_both
from shared.contract.documents import Decision
from shared.store.models import Models

MINUTE = 60


class LabelStatus(BaseModel):
    """The version on probation and its predecessor on the same labelled rows."""

    rows: int = Field(description="Labelled rows that neither model was fitted on.")
    score: float | None = Field(description="METRIC of the version on probation.")
    score_before: float | None = Field(description="METRIC of its predecessor.")
    problem: str | None = Field(description="Why they are not compared now; null if they are.")


class ProbationStatus(BaseModel):
    """The version on probation."""

    version: int
    predecessor: int = Field(description="The version whose model is restored if this one fails.")
    seconds_left: float
    requests: int = Field(description="Requests that it answered or failed, without mistakes.")
    failed: int = Field(description="Status 5xx, or an answer that is not finite.")
    labels: LabelStatus
    problem: str | None = Field(description="Why it could not be rolled back; null if it can.")
    sentence: str


@dataclass(frozen=True)
class ProbationView:
    """The view of a store, for any thread."""

    models: Models
    history: LiveHistory
    clock: ProbationClock
    labels: LabelBoard
    limits: LabelLimits

    def describe(self, decisions: Iterable[Decision]) -> ProbationStatus | None:
        """Describe the version on probation, or return None; *decisions* newest first.

        Raises OSError.
        """
        found = find_probation(decisions)
        left = self.clock.seconds_left(found) if found is not None else 0.0
        if found is None or not left:
            return None
        counts, _ = count_both(self.history, found)
        version, before = found.version, found.predecessor.version
        problem = None
        if not self.models.has(found.predecessor.digest):
            problem = f"The model of v{before} was removed, so v{version} cannot be rolled back."
        compared = self.labels.read(found)
        minutes = f"{left / MINUTE:.0f} min" if left >= MINUTE else f"{left:.0f} s"
        return ProbationStatus(
            version=version,
            predecessor=before,
            seconds_left=left,
            requests=counts.total,
            failed=counts.failed,
            labels=_show_labels(compared),
            problem=problem,
            sentence=f"v{version} is on probation for another {minutes}: "
            f"{counts.failed:,} of {counts.total:,} requests failed. "
            f"{self._describe_labels(compared, before)} "
            + (problem or f"If it fails, the model of v{before} is restored."),
        )

    def _describe_labels(self, found: LabelScores, predecessor: int) -> str:
        """Return both scores on labelled rows, or why labels are not judged."""
        if found.scores is None or found.problem:
            return f"Labels are not judged. {found.problem}"
        text = describe_scores(found.scores, self.limits, predecessor).replace("its", "Its", 1)
        if found.scores.ids < LEAST_IDS:
            return f"{text}; labels of {LEAST_IDS} ids are needed."
        return f"{text}."


def _show_labels(found: LabelScores) -> LabelStatus:
    scores = found.scores
    return LabelStatus(
        rows=scores.rows if scores else 0,
        score=scores.challenger if scores else None,
        score_before=scores.champion if scores else None,
        problem=found.problem or None,
    )
