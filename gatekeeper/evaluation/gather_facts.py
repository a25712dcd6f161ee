"""Finding out how challenger and champion do on the challenger's holdout."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gatekeeper.evaluation.champion import add_row_hashes, add_score, find_champion, find_row_hashes
from gatekeeper.evidence.comparison_messages import ComparisonRequest, Slicing
from gatekeeper.evidence.evaluation_messages import Evaluator, ScoringRequest
from gatekeeper.evidence.facts import Facts, Submission
from gatekeeper.evidence.prediction_file import reserve_file
from gatekeeper.policy.gate_policy import GatePolicy
from shared.contract.documents import Artefact, Manifest, Registry
from shared.contract.layout import HOLDOUT
from shared.store.store import ModelStore

if TYPE_CHECKING:
    from shared.contract.signing_keys import KnownKeys

CHALLENGER = "challenger"
CHAMPION = "champion"
"""The files with their answers."""
DEFAULT_CONFIDENCE = 0.95
"""Of an interval that is only reported."""


@dataclass(frozen=True)
class EvaluationBudget:
    """What a model may take while it is scored; no file of a candidate may be larger either."""

    seconds: float
    memory_mib: int


class FactGatherer:
    """Scores both models, on the same rows, now."""

    def __init__(
        self,
        store: ModelStore,
        evaluator: Evaluator,
        rules: GatePolicy,
        limits: EvaluationBudget,
        keys: "KnownKeys | None" = None,
    ) -> None:
        self._store = store
        self._evaluator = evaluator
        self._rules = rules
        self._limits = limits
        self._keys = keys

    def gather(
        self, submission: Submission, directory: Path, copy: Path, registry: Registry | None
    ) -> Facts:
        """All facts about a candidate that stands in *directory*, its artefact in *copy*.

        Raises EvaluationUnavailableError or OSError when they cannot be found out now.
        """
        manifest, artefact = submission.manifest, submission.artefact
        if manifest is None or artefact is None:
            return Facts(submission)
        if artefact.model.media_type not in self._rules.served_types:
            return Facts(submission)
        with self._store.models.staging() as answers:
            job = ScoringRequest(
                model_directory=str(copy),
                digest=manifest.digest,
                holdout_directory=str(directory),
                holdout=manifest.file(HOLDOUT),
                schema_directory=str(copy),
                schema_digest=manifest.digest,
                metric=self._rules.metric,
                allow_joblib=self._rules.allow_joblib,
                seconds=self._limits.seconds,
                memory_mib=self._limits.memory_mib,
                predictions_path=str(answers / CHALLENGER),
                measures_cost=True,
            )
            return self._run(submission, manifest, artefact, job, registry)

    def _run(
        self,
        submission: Submission,
        manifest: Manifest,
        artefact: Artefact,
        job: ScoringRequest,
        registry: Registry | None,
    ) -> Facts:
        jobs, champion = [job], None
        if registry is not None:
            champion = find_champion(self._store, registry, self._rules.metric, manifest, artefact)
            champion = add_row_hashes(champion, self._store, registry, manifest, self._keys)
            if not champion.why_not_scored and champion.digest != manifest.digest:
                jobs.append(self._champion_job(job, champion.digest))
        for each in jobs:
            reserve_file(
                Path(str(each.predictions_path)),
                job.holdout.size,
                artefact,
                self._limits.memory_mib << 20,
            )
        evaluations = self._evaluator.evaluate(jobs)
        if champion is not None and not champion.why_not_scored:
            champion = add_score(champion, evaluations[-1])  # the challenger's, if identical
        facts = Facts(submission, evaluations[0], champion)
        if evaluations[0].score is None:
            return facts
        is_paired = champion is not None and champion.score is not None
        question = self._question(job, jobs[-1].predictions_path if is_paired else None)
        question = question.model_copy(
            update={
                "challenger_rows": find_row_hashes(manifest, Path(job.holdout_directory)),
                "champion_rows": champion.rows if champion else None,
            }
        )
        return replace(facts, comparison=self._evaluator.compare(question))

    def _champion_job(self, job: ScoringRequest, digest: str) -> ScoringRequest:
        directory = str(self._store.models.directory(digest))
        answers = str(Path(str(job.predictions_path)).with_name(CHAMPION))
        changes = {
            "model_directory": directory,
            "digest": digest,
            "predictions_path": answers,
            "measures_cost": False,
        }
        return job.model_copy(update=changes)

    def _question(self, job: ScoringRequest, champion: str | None) -> ComparisonRequest:
        return ComparisonRequest(
            holdout_directory=job.holdout_directory,
            holdout=job.holdout,
            model_directory=job.schema_directory,
            digest=job.schema_digest,
            metric=job.metric,
            challenger=str(job.predictions_path),
            champion=champion,
            required=self._rules.min_improvement,
            confidence=self._rules.confidence or DEFAULT_CONFIDENCE,
            slicing=Slicing(columns=self._rules.slice_columns, least_rows=self._rules.slice_rows),
            seconds=job.seconds,
            memory_mib=job.memory_mib,
        )
