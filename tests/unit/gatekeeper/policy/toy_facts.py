"""Facts about a toy candidate and a champion, and changes of them."""

from dataclasses import replace

from gatekeeper.evidence.evaluation_messages import ScoringResult
from gatekeeper.evidence.facts import Champion, Facts, Submission
from gatekeeper.policy.policy import Verdict
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.check_result import CheckResult
from shared.contract.documents import Manifest
from tests.support.models.toy import toy_model
from tests.support.stores.builders import toy_candidate

POLICY = GatePolicy(metric="accuracy")
MODEL = toy_model()
MANIFEST: Manifest = toy_candidate(MODEL, correct=9).manifest
CHAMPION = Champion(
    version=3, digest="sha256:" + "0" * 64, recorded_score=0.5, score=0.9, artefact=MODEL.artefact
)
GOOD = Facts(
    Submission(MANIFEST.candidate_id, MANIFEST, MODEL.artefact), ScoringResult(0.9), CHAMPION
)


def with_manifest(**changes: object) -> Facts:
    manifest = MANIFEST.model_copy(update=changes)
    return replace(GOOD, submission=replace(GOOD.submission, manifest=manifest))


def with_score(score: float | None, claimed: float = 0.9) -> Facts:
    facts = with_manifest(holdout_metrics={"accuracy": claimed})
    return replace(facts, challenger=ScoringResult(score))


def failed(verdict: Verdict) -> dict[str, CheckResult]:
    return {check.name: check for check in verdict.checks if not check.passed}
