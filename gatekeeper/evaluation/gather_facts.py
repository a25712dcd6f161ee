"""Gather the facts: score challenger, champion and pinned version on the challenger's holdout."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gatekeeper.evaluation.champion import (
    add_row_hashes,
    add_score,
    find_champion,
    find_row_hashes,
    find_validation_score,
)
from gatekeeper.evaluation.earlier_holdouts import find_earlier_holdouts
from gatekeeper.evaluation.evaluation_budget import EvaluationBudget
from gatekeeper.evaluation.live_replay import DEFAULT_CONFIDENCE, LiveReplay
from gatekeeper.evaluation.pinned_version import find_pinned
from gatekeeper.evaluation.process_evaluator import ProcessEvaluator
from gatekeeper.evidence.child_messages import HoldoutRequest
from gatekeeper.evidence.comparison_messages import (
    ComparisonRequest,
    RowHistory,
    RowsFile,
    Slicing,
    ValidationLead,
)
from gatekeeper.evidence.evaluation_messages import ScoringRequest
from gatekeeper.evidence.facts import Champion, Facts, Submission
from gatekeeper.evidence.live_requests import ComparedModel
from gatekeeper.evidence.prediction_file import reserve_file
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.documents import Artefact, Manifest, Registry
from shared.contract.layout import HOLDOUT
from shared.store.decision_log import DecisionLog
from shared.store.store import ModelStore

if TYPE_CHECKING:
    from shared.contract.signing_keys import KnownKeys

CHALLENGER = "challenger"
CHAMPION = "champion"
PINNED = "pinned"
"""Names of the files with their predictions."""


@dataclass(frozen=True)
class FactGatherer:
    """The evaluation of candidates: scores both models on the same rows at decision time."""

    store: ModelStore
    evaluator: ProcessEvaluator
    policy: GatePolicy
    budget: EvaluationBudget
    keys: "KnownKeys | None" = None

    def gather(
        self,
        submission: Submission,
        directory: Path,
        copy: Path,
        log: DecisionLog,
        history: RowHistory | None,
    ) -> Facts:
        """Gather all facts about the candidate in *directory*, whose artefact is in *copy*.

        *log* names the champion and the models before it. *history* has the earlier decisions on
        the champion's rows.

        Raises EvaluationUnavailableError or OSError when evaluation is not possible now.
        """
        manifest, artefact = submission.manifest, submission.artefact
        if manifest is None or artefact is None:
            return Facts(submission)
        if artefact.model.media_type not in self.policy.served_types:
            return Facts(submission)
        champion = pinned = None
        if log.registry is not None:
            champion = self._find_model(log.registry, manifest, artefact)
            earlier = find_earlier_holdouts(self.store, log, manifest, self.keys)
            champion = replace(champion, earlier=earlier)
        if (registry := find_pinned(self.store, log, self.policy)) is not None:
            pinned = self._find_model(registry, manifest, artefact)
        task = HoldoutRequest(
            holdout_directory=directory,
            holdout=manifest.file(HOLDOUT),
            schema_directory=copy,
            schema_digest=manifest.digest,
            metric=self.policy.metric,
            costs=self.policy.costs,
            seconds=self.budget.seconds,
            memory_mib=self.budget.memory_mib,
        )
        with self.store.models.staging() as predictions:
            requests = self._scoring_requests(task, champion, pinned, predictions)
            files = {digest: request.predictions_path for digest, request in requests.items()}
            for file in filter(None, files.values()):
                size = task.holdout.size
                reserve_file(file, size, artefact, self.budget.memory_mib << 20)
            found = self.evaluator.evaluate(list(requests.values()))
            results = dict(zip(requests, found, strict=True))
            champion, pinned = (
                add_score(model, results[model.digest])
                if model is not None and not model.why_not_scored
                else model
                for model in (champion, pinned)
            )
            result = results[manifest.digest]
            facts = Facts(submission, result, champion, history=history, pinned=pinned)
            if result.score is None:
                return facts
            comparison = ComparisonRequest(
                **dict(task),
                challenger=predictions / CHALLENGER,
                champion=_find_file(champion, files),
                pinned=_find_file(pinned, files),
                challenger_rows=find_row_hashes(manifest, directory),
                champion_rows=champion.rows if champion else None,
                earlier_rows=_earlier_rows(champion),
                challenger_until=manifest.data.time.fitted_until if manifest.data.time else None,
                champion_until=champion.time.fitted_until if champion and champion.time else None,
                has_champions_holdout=bool(
                    champion and champion.holdout_sha256 == task.holdout.sha256
                ),
                history=history,
                validation=self._compare_validation(manifest, champion),
                pinned_rows=pinned.rows if pinned else None,
                pinned_until=pinned.time.fitted_until if pinned and pinned.time else None,
                has_keys=manifest.data.row_key is not None,
                required=self.policy.min_improvement,
                confidence=self.policy.confidence or DEFAULT_CONFIDENCE,
                slicing=Slicing(
                    columns=self.policy.slice_columns, least_rows=self.policy.slice_rows
                ),
                guards=self.policy.further_metrics,
            )
            facts = replace(facts, comparison=self.evaluator.compare(comparison))
        return self._add_live(facts, manifest, artefact, log, directory=directory, copy=copy)

    def _add_live(
        self,
        facts: Facts,
        manifest: Manifest,
        artefact: Artefact,
        log: DecisionLog,
        *,
        directory: Path,
        copy: Path,
    ) -> Facts:
        """Add the results on logged rows, unless no row is to be replayed."""
        if not self.policy.replay_rows:
            return facts
        champion = facts.champion
        versions = {
            each.registry.version
            for each in log.decisions()
            if each.registry is not None and champion and each.registry.digest == champion.digest
        }
        challenger = ComparedModel(
            directory=copy,
            digest=manifest.digest,
            answers=copy,
            rows=find_row_hashes(manifest, directory),
        )
        replay = LiveReplay(self.store, self.evaluator, self.policy, self.budget)
        has_keys = manifest.data.row_key is not None
        live = replay.run(
            challenger, artefact, champion, tuple(sorted(versions)), has_keys=has_keys
        )
        return replace(facts, live=live)

    def _find_model(self, registry: Registry, manifest: Manifest, artefact: Artefact) -> Champion:
        """Return the model of a version, as far as it can be compared with the challenger."""
        model = find_champion(self.store, registry, self.policy.metric, manifest, artefact)
        return add_row_hashes(model, self.store, registry, manifest, self.keys)

    def _compare_validation(
        self, manifest: Manifest, champion: Champion | None
    ) -> ValidationLead | None:
        """Return the challenger's lead on validation, unless it is unknown or must not count."""
        ours = find_validation_score(manifest, self.policy.metric)
        theirs = champion.validation if champion else None
        if ours is None or theirs is None or not self.policy.luck_allowance:
            return None
        if theirs.is_refitted and not ours.is_refitted:
            return None  # the champion may be better than its validation score
        return ValidationLead(
            difference=ours.score - theirs.score,
            trials=ours.trials,
            champion_trials=theirs.trials,
        )

    def _scoring_requests(
        self,
        task: HoldoutRequest,
        champion: Champion | None,
        pinned: Champion | None,
        predictions: Path,
    ) -> dict[str, ScoringRequest]:
        """Return a request for each different model that can be scored, by its digest."""
        request = ScoringRequest(
            **dict(task),
            model_directory=task.schema_directory,
            digest=task.schema_digest,
            allow_joblib=self.policy.allow_joblib,
            predictions_path=predictions / CHALLENGER,
            measures_cost=True,
        )
        requests = {request.digest: request}
        for name, model in ((CHAMPION, champion), (PINNED, pinned)):
            if model is None or model.why_not_scored or model.digest in requests:
                continue
            changes = {
                "model_directory": self.store.models.directory(model.digest),
                "digest": model.digest,
                "predictions_path": predictions / name,
                "measures_cost": False,
            }
            requests[model.digest] = request.model_copy(update=changes)
        return requests


def _find_file(model: Champion | None, files: Mapping[str, Path | None]) -> Path | None:
    """Return the file with the model's predictions; None if it has no score."""
    return None if model is None or model.score is None else files[model.digest]


def _earlier_rows(champion: Champion | None) -> tuple[RowsFile, ...]:
    """Return the files of earlier holdouts, without the champion's own."""
    rows = champion.earlier.rows if champion and champion.earlier else ()
    return tuple(file for file in rows if champion and file != champion.rows)
