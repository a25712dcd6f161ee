"""What the gate knows when it judges: the operator's rules, and the facts about a candidate."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gatekeeper.evidence.comparison_messages import ComparisonResult
from gatekeeper.evidence.evaluation_messages import ScoringResult
from gatekeeper.evidence.row_findings import RowsFile
from shared.contract.documents import Artefact, Manifest


@dataclass(frozen=True)
class GatePolicy:
    """What the operator has set; see `gatekeeper.settings`."""

    metric: str
    min_improvement: float = 0.0
    floor: float | None = None
    recall_floor: float | None = None
    min_holdout_rows: int = 0
    slices: tuple[str, ...] = ()
    slice_rows: int = 100
    slice_drop: float = 0.05
    skip_identical: bool = False
    allow_joblib: bool = False
    allow_schema_change: bool = False
    confidence: float | None = None
    max_holdout_loss: float = 0.1
    require_row_hashes: bool = False
    max_load_seconds: float | None = None
    max_p95_ms: float | None = None
    max_memory_mib: float | None = None
    max_size_mib: float | None = None
    trainer_keys: tuple[str, ...] = ()
    """Fingerprints of the keys of which one must have signed a manifest; none: it need not be."""


@dataclass(frozen=True)
class Submission:
    """A candidate as it was handed in, as far as it could be read and verified."""

    candidate_id: str
    manifest: Manifest | None = None
    artefact: Artefact | None = None
    """Known once every byte is verified."""
    signed_by: str | None = None
    """The fingerprint of the key that signed the manifest; None where nobody looked."""
    errors: Mapping[str, str] = field(default_factory=dict)
    """A sentence for each check of the gate that it failed."""


@dataclass(frozen=True)
class Champion:
    """What is in production, and how it did on the challenger's holdout."""

    version: int
    digest: str
    recorded_score: float | None
    """Its score in the registry, from its own holdout; None when that is another metric's."""
    score: float | None
    """Its score on the challenger's holdout; None when it could not be scored there."""
    why_not_scored: str = ""
    """Why it could not be scored, as one sentence."""
    artefact: Artefact | None = None
    """What it takes and answers; None when that cannot be read."""
    rows: RowsFile | None = None
    """The hashes of its rows; None where they cannot be compared with the challenger's."""
    why_rows_unknown: str = ""
    """Why they cannot, as one sentence."""

    @property
    def basis(self) -> float | None:
        """The score that a challenger is compared with, if there is one."""
        return self.recorded_score if self.score is None else self.score


@dataclass(frozen=True)
class Runtimes:
    """What runs where models are served: versions of Python and of libraries, by name."""

    gatekeeper: Mapping[str, str] = field(default_factory=dict)
    workers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Of each live predictor worker that says."""


@dataclass(frozen=True)
class Facts:
    """All that is known of a candidate."""

    submission: Submission
    challenger: ScoringResult | None = None
    """None when what was handed in cannot be scored."""
    champion: Champion | None = None
    """None when nothing is in production."""
    comparison: ComparisonResult | None = None
    """What the answers of both on the same rows say; None when the challenger has no score."""
    runtimes: Runtimes = field(default_factory=Runtimes)

    @property
    def scores(self) -> tuple[float | None, float | None]:
        """Challenger's and champion's, those that are compared; the champion's may be recorded."""
        if self.comparison is not None and self.comparison.compared is not None:
            return self.comparison.compared.challenger, self.comparison.compared.champion
        ours = self.challenger.score if self.challenger else None
        return ours, self.champion.basis if self.champion else None
