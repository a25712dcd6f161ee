"""The check that the gatekeeper computes the score that the trainer claims for the holdout."""

import math

from gatekeeper.evidence import check_ids
from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy
from gatekeeper.policy.terms.score_text import encode_score, show_distinct
from shared.metric_text import name_metric

CLAIM_TOLERANCE = 1e-6
"""Largest accepted difference between the claimed and the computed score; relative above 1."""
_EARLIER = (check_ids.SCHEMA_COMPATIBLE, check_ids.GOLDEN_ROWS_REPRODUCED)
"""Checks that explain a missing score by themselves."""


def _judge(facts: Facts, policy: GatePolicy) -> Ruling | None:
    manifest, challenger = facts.submission.manifest, facts.challenger
    if manifest is None or challenger is None:
        return None
    score, errors = challenger.score, challenger.errors
    metric = name_metric(policy.metric)
    claimed, error = manifest.holdout_metrics.get(policy.metric), ""
    if score is None:
        error = errors.get(check_ids.SCORE_REPRODUCED, "")
        if not error and any(check in errors for check in _EARLIER):
            return None
        error = error or "The holdout could not be scored."
    elif claimed is None:
        error = f"The manifest claims no {metric} on the holdout."
    elif not math.isclose(score, claimed, rel_tol=CLAIM_TOLERANCE, abs_tol=CLAIM_TOLERANCE):
        ours, theirs = show_distinct(policy.metric, score, claimed)
        error = f"The manifest claims {metric} {theirs}; the gatekeeper computed {ours}."
    return Ruling(
        passed=not error,
        message=error or f"{metric} on the holdout is the score that the manifest claims.",
        observed=encode_score(score),
        required=claimed,
    )


SCORE_REPRODUCED = Check(
    id=check_ids.SCORE_REPRODUCED, title="claimed holdout score is reproduced", judge=_judge
)
