"""Both models of a probation on the labelled rows of production, by the comparison of the gate."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from gatekeeper.evaluation.champion import (
    add_row_hashes,
    find_champion,
    find_row_hashes,
    read_known_manifest,
)
from gatekeeper.evaluation.evaluation_budget import EvaluationBudget
from gatekeeper.evaluation.live_replay import LiveReplay
from gatekeeper.evaluation.process_evaluator import ProcessEvaluator
from gatekeeper.evidence.live_requests import ComparedModel
from gatekeeper.evidence.live_results import LabelledScores
from gatekeeper.policy.live_rows.live_comparison import explain_no_scores
from gatekeeper.policy.terms.gate_policy import GatePolicy
from gatekeeper.probation.on_probation import Probation
from shared.errors import StoreError
from shared.prediction_log.segments import list_feedback_segments
from shared.store.models import read_artefact
from shared.store.store import ModelStore
from shared.volume.transient_errors import is_transient

if TYPE_CHECKING:
    from shared.contract.signing_keys import KnownKeys

ProbationId: TypeAlias = tuple[str, str, int]
"""The digests of the version and of its predecessor, and the decision that began the probation."""
NO_LABELS = "No label has arrived."
_NO_ROWS = "GATEKEEPER_REPLAY_ROWS is 0."


@dataclass(frozen=True)
class LabelScores:
    """Both models on the same labelled rows."""

    probation: ProbationId
    scores: LabelledScores | None = None
    """The version on probation is the challenger; None if it is not compared."""
    problem: str = ""
    """Why it is not compared now, as a sentence."""
    is_temporary: bool = False
    """Whether another try may succeed although no file has changed."""


def identify_probation(probation: Probation) -> ProbationId:
    """Return what no other probation has: the same models may have another one later."""
    return probation.registry.digest, probation.predecessor.digest, probation.begun_by


@dataclass(frozen=True)
class LabelScorer:
    """The comparison, in child processes. Use it from one thread only."""

    store: ModelStore
    evaluator: ProcessEvaluator
    policy: GatePolicy
    budget: EvaluationBudget
    keys: "KnownKeys | None" = None

    def score(self, probation: Probation) -> LabelScores:
        """Score both models on the rows with a label that neither was fitted on.

        Raises EvaluationUnavailableError, StoreError or OSError when that is not possible now.
        """
        problem = ""
        if not list_feedback_segments(self.store.layout):
            problem = NO_LABELS
        elif not self.policy.replay_rows:
            problem = _NO_ROWS
        if problem:
            return LabelScores(identify_probation(probation), problem=problem)
        try:
            return self._compare(probation)
        except StoreError as error:
            if is_transient(error):
                raise
            problem = f"The files of v{probation.version} cannot be read: {error}"
            return LabelScores(identify_probation(probation), problem=problem)

    def _compare(self, probation: Probation) -> LabelScores:
        registry, before = probation.registry, probation.predecessor
        directory = self.store.models.directory(registry.digest)
        artefact = read_artefact(directory, registry.digest)
        manifest = read_known_manifest(self.store, registry.candidate_id, self.keys)
        model = ComparedModel(
            name=f"version {registry.version}",
            directory=directory,
            digest=registry.digest,
            answers=directory,
            rows=find_row_hashes(manifest, self.store.layout.candidate(registry.candidate_id)),
        )
        predecessor = find_champion(self.store, before, self.policy.metric, manifest, artefact)
        predecessor = add_row_hashes(predecessor, self.store, before, manifest, self.keys)
        replay = LiveReplay(
            self.store,
            self.evaluator,
            self.policy,
            self.budget,
            only_labelled=True,
            champion_name=f"version {before.version}",
        )
        has_keys = manifest.data.row_key is not None
        live = replay.run(model, artefact, predecessor, (), has_keys=has_keys)
        found = live.labelled
        if found is None or found.challenger is None or found.champion is None:
            is_temporary = bool(live.error or live.failure or live.why_no_champion)
            return LabelScores(
                identify_probation(probation),
                problem=explain_no_scores(live),
                is_temporary=is_temporary,
            )
        return LabelScores(identify_probation(probation), found)
