"""All facts about a candidate that the policy judges."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gatekeeper.evidence.comparison_messages import ComparisonResult, RowHistory, RowsFile
from gatekeeper.evidence.evaluation_messages import ScoringResult
from gatekeeper.evidence.live_results import LiveResult
from gatekeeper.evidence.taken_back import TakenBack
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
class ValidationScore:
    """The score of a model on the validation rows, by which its run chose it."""

    score: float
    trials: int
    """The settings that this run scored."""
    is_refitted: bool
    """Whether the model was fitted on more rows afterwards, so it may be better."""


@dataclass(frozen=True)
class EarlierHoldouts:
    """The holdouts of the models before the champion, since the last one that was declared new."""

    since: int
    """The version of the first of these models; the champion's own without another."""
    rows: tuple[RowsFile, ...] = ()
    """The hashes of their rows, as far as their candidates are in the store."""
    lost_before: float = 0.0
    """The fraction that was lost before the first of these files, by its decision."""


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
    earlier: EarlierHoldouts | None = None
    """None if only its own holdout must be kept."""
    time: TimeSplit | None = None
    """Its split by time; None if it has none, or another column or unit than the challenger's."""
    validation: ValidationScore | None = None
    """None if its manifest cannot be read, or has no such score."""
    holdout_sha256: str | None = None
    """The hash of its holdout file; None if its manifest cannot be read."""

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
    history: RowHistory | None = None
    """The earlier decisions on the champion's rows; None if no model is in production."""
    brings_reference: bool = False
    """Whether its model would get its first reference by this candidate."""
    live: LiveResult | None = None
    """The results on logged rows; None if none are to be replayed, or without a score."""
    pinned: Champion | None = None
    """The pinned version; None without a limit of the total drop, or without such a version."""
    taken_back: TakenBack | None = None
    """The rollback of this model by its probation, if it was not in production since."""

    @property
    def allowance(self) -> float:
        """How much lower the required score is, because luck may explain the champion's."""
        luck = self.comparison.luck if self.comparison else None
        return luck.allowance if luck else 0.0

    @property
    def lost_fraction(self) -> float | None:
        """The fraction of all rows since the last new holdout that this holdout lacks."""
        seen = self.comparison.seen if self.comparison else None
        if seen is None or seen.lost_fraction is None:
            return None
        earlier = self.champion.earlier if self.champion else None
        before = earlier.lost_before if earlier else 0.0
        return before + (1 - before) * seen.lost_fraction

    @property
    def scores(self) -> tuple[float | None, float | None]:
        """The compared scores of challenger and champion; the champion's may be recorded."""
        if self.comparison is not None and self.comparison.compared is not None:
            return self.comparison.compared.challenger, self.comparison.compared.champion
        ours = self.challenger.score if self.challenger else None
        return ours, self.champion.basis if self.champion else None
