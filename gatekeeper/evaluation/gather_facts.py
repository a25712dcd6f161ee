"""Gather the facts: score challenger and champion on the challenger's holdout."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gatekeeper.evaluation.champion import add_row_hashes, add_score, find_champion, find_row_hashes
from gatekeeper.evaluation.process_evaluator import ProcessEvaluator
from gatekeeper.evidence.child_messages import HoldoutRequest
from gatekeeper.evidence.comparison_messages import ComparisonRequest, Slicing
from gatekeeper.evidence.evaluation_messages import ScoringRequest
from gatekeeper.evidence.facts import Champion, Facts, Submission
from gatekeeper.evidence.prediction_file import reserve_file
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.documents import Registry
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


@dataclass(frozen=True)
class FactGatherer:
    """The evaluation of candidates: scores both models on the same rows at decision time."""

    store: ModelStore
    evaluator: ProcessEvaluator
    policy: GatePolicy
    budget: EvaluationBudget
    keys: "KnownKeys | None" = None

    def gather(
        self, submission: Submission, directory: Path, copy: Path, registry: Registry | None
    ) -> Facts:
        """Gather all facts about the candidate in *directory*, whose artefact is in *copy*.

        Raises EvaluationUnavailableError or OSError when evaluation is not possible now.
        """
        manifest, artefact = submission.manifest, submission.artefact
        if manifest is None or artefact is None:
            return Facts(submission)
        if artefact.model.media_type not in self.policy.served_types:
            return Facts(submission)
        champion = None
        if registry is not None:
            champion = find_champion(self.store, registry, self.policy.metric, manifest, artefact)
            champion = add_row_hashes(champion, self.store, registry, manifest, self.keys)
        task = HoldoutRequest(
            holdout_directory=directory,
            holdout=manifest.file(HOLDOUT),
            schema_directory=copy,
            schema_digest=manifest.digest,
            metric=self.policy.metric,
            seconds=self.budget.seconds,
            memory_mib=self.budget.memory_mib,
        )
        with self.store.models.staging() as predictions:
            requests = self._scoring_requests(task, champion, predictions)
            for name in (CHALLENGER, CHAMPION)[: len(requests)]:
                size = task.holdout.size
                reserve_file(predictions / name, size, artefact, self.budget.memory_mib << 20)
            result, *others = self.evaluator.evaluate(requests)
            if champion is not None and not champion.why_not_scored:
                # An identical champion has no request: its result is the challenger's.
                champion = add_score(champion, others[0] if others else result)
            facts = Facts(submission, result, champion)
            if result.score is None:
                return facts
            is_paired = champion is not None and champion.score is not None
            comparison = ComparisonRequest(
                **dict(task),
                challenger=predictions / CHALLENGER,
                champion=requests[-1].predictions_path if is_paired else None,
                challenger_rows=find_row_hashes(manifest, directory),
                champion_rows=champion.rows if champion else None,
                challenger_until=manifest.data.time.fitted_until if manifest.data.time else None,
                champion_until=champion.time.fitted_until if champion and champion.time else None,
                required=self.policy.min_improvement,
                confidence=self.policy.confidence or DEFAULT_CONFIDENCE,
                slicing=Slicing(
                    columns=self.policy.slice_columns, least_rows=self.policy.slice_rows
                ),
            )
            return replace(facts, comparison=self.evaluator.compare(comparison))

    def _scoring_requests(
        self, task: HoldoutRequest, champion: Champion | None, predictions: Path
    ) -> list[ScoringRequest]:
        """Return a request for the challenger, and one for another champion that can be scored."""
        request = ScoringRequest(
            **dict(task),
            model_directory=task.schema_directory,
            digest=task.schema_digest,
            allow_joblib=self.policy.allow_joblib,
            predictions_path=predictions / CHALLENGER,
            measures_cost=True,
        )
        if champion is None or champion.why_not_scored or champion.digest == task.schema_digest:
            return [request]
        changes = {
            "model_directory": self.store.models.directory(champion.digest),
            "digest": champion.digest,
            "predictions_path": predictions / CHAMPION,
            "measures_cost": False,
        }
        return [request, request.model_copy(update=changes)]
