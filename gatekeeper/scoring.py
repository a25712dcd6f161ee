"""Finding out how challenger and champion do on the challenger's holdout."""

from dataclasses import dataclass
from pathlib import Path

from gatekeeper.champion import find_champion, with_score
from gatekeeper.checks import served_types
from gatekeeper.evaluation import Evaluator, Job
from gatekeeper.facts import Facts, Rules, Submission
from shared.documents import Registry
from shared.layout import HOLDOUT
from shared.store import ModelStore


@dataclass(frozen=True)
class Limits:
    """What a model may take while it is scored; no file of a candidate may be larger either."""

    seconds: float
    memory_mib: int


class Scoring:
    """Scores both models, on the same rows, now."""

    def __init__(
        self, store: ModelStore, evaluator: Evaluator, rules: Rules, limits: Limits
    ) -> None:
        self._store = store
        self._evaluator = evaluator
        self._rules = rules
        self._limits = limits

    def facts(
        self, submission: Submission, directory: Path, copy: Path, registry: Registry | None
    ) -> Facts:
        """All facts about a candidate that stands in *directory*, its artefact in *copy*.

        Raises EvaluationUnavailableError or OSError when they cannot be found out now.
        """
        manifest, artefact = submission.manifest, submission.artefact
        if manifest is None or artefact is None:
            return Facts(submission)
        if artefact.model.media_type not in served_types(self._rules):
            return Facts(submission)
        job = Job(
            model_directory=str(copy),
            digest=manifest.digest,
            holdout_directory=str(directory),
            holdout=manifest.file(HOLDOUT),
            holdout_model_directory=str(copy),
            holdout_digest=manifest.digest,
            metric=self._rules.metric,
            allow_joblib=self._rules.allow_joblib,
            seconds=self._limits.seconds,
            memory_mib=self._limits.memory_mib,
        )
        jobs, champion = [job], None
        if registry is not None:
            champion = find_champion(self._store, registry, self._rules.metric, manifest, artefact)
            if not champion.not_scored and champion.digest != manifest.digest:
                jobs.append(self._on_same_rows(job, champion.digest))
        evaluations = self._evaluator.evaluate(jobs)
        if champion is not None and not champion.not_scored:
            champion = with_score(champion, evaluations[-1])  # the challenger's, if identical
        return Facts(submission, evaluations[0], champion)

    def _on_same_rows(self, job: Job, digest: str) -> Job:
        directory = str(self._store.models.directory(digest))
        return job.model_copy(update={"model_directory": directory, "digest": digest})
