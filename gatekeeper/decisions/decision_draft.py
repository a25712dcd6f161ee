"""Draft the document of a decision. Pure."""

import math
from datetime import datetime

from gatekeeper.evidence import check_ids
from gatekeeper.evidence.facts import Facts, Submission
from gatekeeper.policy.policy import Verdict
from shared.contract.documents import JSON_MEDIA_TYPE, Decision, Descriptor, Registry
from shared.contract.layout import ARTEFACT
from shared.store.decision_log import DecisionLog

MAX_SALT = 256
"""The longest salt that the registry names, in characters: predictors read at most 64 KiB."""
UNKNOWN = "unknown"
"""The model name of a candidate without a readable manifest."""


def draft_decision(
    log: DecisionLog, facts: Facts, verdict: Verdict, metric: str, now: datetime
) -> Decision:
    """Return the next entry of *log* for a judged candidate."""
    submission = facts.submission
    score, champion = facts.scores
    return Decision(
        number=log.next_number,
        previous=log.head_sha256,
        candidate_id=submission.candidate_id,
        outcome=verdict.outcome,
        checks=verdict.checks,
        decided_at=now,
        model_name=submission.manifest.model_name if submission.manifest else UNKNOWN,
        metric=metric,
        scores={
            "challenger": score if score is not None and math.isfinite(score) else None,
            "champion": champion,
            "candidates": _validation_scores(submission),
        },
        registry=_draft_registry(log, facts, metric, now)
        if verdict.outcome == "promoted"
        else None,
    )


def _validation_scores(submission: Submission) -> dict[str, dict[str, float]]:
    """Return the validation scores of all trained models, unless they are too large to log."""
    if submission.manifest is None or check_ids.MANIFEST_VALID in submission.errors:
        return {}
    return {result.name: result.metrics for result in submission.manifest.candidates}


def _draft_registry(log: DecisionLog, facts: Facts, metric: str, now: datetime) -> Registry:
    submission, challenger = facts.submission, facts.challenger
    manifest, artefact = submission.manifest, submission.artefact
    assert manifest is not None  # noqa: S101 - only a verified candidate is promoted
    assert artefact is not None  # noqa: S101 - as above
    assert challenger is not None  # noqa: S101 - only a scored candidate is promoted
    assert challenger.score is not None  # noqa: S101 - as above
    described, salt = manifest.file(ARTEFACT), manifest.data.split_salt
    return Registry(
        version=log.registry.version + 1 if log.registry else 1,
        model_name=manifest.model_name,
        metric=metric,
        metrics={metric: challenger.score},
        digest=manifest.digest,
        candidate_id=submission.candidate_id,
        decision=log.next_number,
        promoted_at=now,
        files=(
            Descriptor(
                name=ARTEFACT,
                media_type=JSON_MEDIA_TYPE,
                sha256=described.sha256,
                size=described.size,
            ),
            artefact.golden,
            artefact.model,
        ),
        previous_version=log.registry.version if log.registry else None,
        split_salt=salt if len(salt) <= MAX_SALT else "",
    )
