"""Gather the facts: score challenger and champion on the challenger's holdout."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gatekeeper.evaluation.champion import add_row_hashes, add_score, find_champion, find_row_hashes
from gatekeeper.evidence.comparison_messages import ComparisonRequest, Slicing
from gatekeeper.evidence.evaluation_messages import Evaluator, ScoringRequest
from gatekeeper.evidence.facts import Facts, Submission
from gatekeeper.evidence.prediction_file import reserve_file
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.documents import Artefact, Manifest, Registry
from shared.contract.layout import HOLDOUT
from shared.store.store import ModelStore

if TYPE_CHECKING:
    from shared.contract.signing_keys import KnownKeys

CHALLENGER = "challenger"
CHAMPION = "champion"
"""Names of the files with their predictions."""
DEFAULT_CONFIDENCE = 0.95
"""Confidence of the interval when no confidence is required."""


@dataclass(frozen=True)
class EvaluationBudget:
    """The time and memory that a model may use while it is scored."""

    seconds: float
    memory_mib: int
    """Also the largest size of a candidate's file."""


class FactGatherer:
    """The evaluation of candidates: scores both models on the same rows at decision time."""

    def __init__(
        self,
        store: ModelStore,
        evaluator: Evaluator,
        policy: GatePolicy,
        budget: EvaluationBudget,
        keys: "KnownKeys | None" = None,
    ) -> None:
        self._store = store
        self._evaluator = evaluator
        self._policy = policy
        self._budget = budget
        self._keys = keys

    def gather(
        self, submission: Submission, directory: Path, copy: Path, registry: Registry | None
    ) -> Facts:
        """Gather all facts about the candidate in *directory*, whose artefact is in *copy*.

        Raises EvaluationUnavailableError or OSError when evaluation is not possible now.
        """
        manifest, artefact = submission.manifest, submission.artefact
        if manifest is None or artefact is None:
            return Facts(submission)
        if artefact.model.media_type not in self._policy.served_types:
            return Facts(submission)
        with self._store.models.staging() as predictions:
            request = ScoringRequest(
                model_directory=str(copy),
                digest=manifest.digest,
                holdout_directory=str(directory),
                holdout=manifest.file(HOLDOUT),
                schema_directory=str(copy),
                schema_digest=manifest.digest,
                metric=self._policy.metric,
                allow_joblib=self._policy.allow_joblib,
                seconds=self._budget.seconds,
                memory_mib=self._budget.memory_mib,
                predictions_path=str(predictions / CHALLENGER),
                measures_cost=True,
            )
            return self._evaluate(submission, manifest, artefact, request, registry)

    def _evaluate(
        self,
        submission: Submission,
        manifest: Manifest,
        artefact: Artefact,
        request: ScoringRequest,
        registry: Registry | None,
    ) -> Facts:
        requests, champion = [request], None
        if registry is not None:
            champion = find_champion(self._store, registry, self._policy.metric, manifest, artefact)
            champion = add_row_hashes(champion, self._store, registry, manifest, self._keys)
            if not champion.why_not_scored and champion.digest != manifest.digest:
                requests.append(self._champion_request(request, champion.digest))
        for each in requests:
            reserve_file(
                Path(str(each.predictions_path)),
                request.holdout.size,
                artefact,
                self._budget.memory_mib << 20,
            )
        results = self._evaluator.evaluate(requests)
        if champion is not None and not champion.why_not_scored:
            # An identical champion has no request: its result is the challenger's.
            champion = add_score(champion, results[-1])
        facts = Facts(submission, results[0], champion)
        if results[0].score is None:
            return facts
        is_paired = champion is not None and champion.score is not None
        comparison = ComparisonRequest(
            holdout_directory=request.holdout_directory,
            holdout=request.holdout,
            model_directory=request.schema_directory,
            digest=request.schema_digest,
            metric=request.metric,
            challenger=str(request.predictions_path),
            champion=requests[-1].predictions_path if is_paired else None,
            challenger_rows=find_row_hashes(manifest, Path(request.holdout_directory)),
            champion_rows=champion.rows if champion else None,
            required=self._policy.min_improvement,
            confidence=self._policy.confidence or DEFAULT_CONFIDENCE,
            slicing=Slicing(columns=self._policy.slice_columns, least_rows=self._policy.slice_rows),
            seconds=request.seconds,
            memory_mib=request.memory_mib,
        )
        return replace(facts, comparison=self._evaluator.compare(comparison))

    def _champion_request(self, request: ScoringRequest, digest: str) -> ScoringRequest:
        directory = str(self._store.models.directory(digest))
        predictions = str(Path(str(request.predictions_path)).with_name(CHAMPION))
        changes = {
            "model_directory": directory,
            "digest": digest,
            "predictions_path": predictions,
            "measures_cost": False,
        }
        return request.model_copy(update=changes)
