"""All facts about a candidate that the policy judges."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gatekeeper.evidence.comparison_messages import ComparisonResult, RowsFile
from gatekeeper.evidence.evaluation_messages import ScoringResult
from shared.contract.documents import Artefact, Manifest
from shared.contract.time_split import TimeSplit


@dataclass(frozen=True)
class Submission:
    """The files of a candidate, as far as they could be read and verified."""

    candidate_id: str
    manifest: Manifest | None = None
    artefact: Artefact | None = None
    """None until every byte is verified."""
    signed_by: str | None = None
    """The fingerprint of the key that signed the manifest; None if no signature is required."""
    errors: Mapping[str, str] = field(default_factory=dict)
    """A sentence for each failed check, by its id (`gatekeeper.evidence.check_ids`)."""


@dataclass(frozen=True)
class Champion:
    """The model in production, and its score on the challenger's holdout."""

    version: int
    digest: str
    recorded_score: float | None
    """Its score in the registry, on its own holdout; None if that is of another metric."""
    score: float | None
    """Its score on the challenger's holdout; None if it could not be scored there."""
    why_not_scored: str = ""
    """Why it could not be scored, as a sentence."""
    artefact: Artefact | None = None
    """None if its files cannot be read."""
    rows: RowsFile | None = None
    """The hashes of its rows; None if they cannot be compared with the challenger's."""
    why_rows_unknown: str = ""
    """Why the hashes cannot be compared, as a sentence."""
    time: TimeSplit | None = None
    """Its split by time; None if it has none, or another column or unit than the challenger's."""

    @property
    def basis(self) -> float | None:
        """The score that a challenger is compared with, if there is one."""
        return self.recorded_score if self.score is None else self.score


@dataclass(frozen=True)
class Runtimes:
    """The versions of Python and libraries in the gatekeeper and in live predictor workers."""

    gatekeeper: Mapping[str, str] = field(default_factory=dict)
    workers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By worker; only those that report their versions."""


@dataclass(frozen=True)
class Facts:
    """All facts about a candidate."""

    submission: Submission
    challenger: ScoringResult | None = None
    """None if the submission cannot be scored."""
    champion: Champion | None = None
    """None if no model is in production."""
    comparison: ComparisonResult | None = None
    """None if the challenger has no score."""
    runtimes: Runtimes = field(default_factory=Runtimes)

    @property
    def scores(self) -> tuple[float | None, float | None]:
        """The compared scores of challenger and champion; the champion's may be recorded."""
        if self.comparison is not None and self.comparison.compared is not None:
            return self.comparison.compared.challenger, self.comparison.compared.champion
        ours = self.challenger.score if self.challenger else None
        return ours, self.champion.basis if self.champion else None
