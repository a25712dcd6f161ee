"""Names of checks in decisions: ids today, sentences before version 0.1.0."""

from gatekeeper.policy.policy import CHECKS
from shared.check_text import turn_errors
from shared.contract.check_result import CheckResult

APPROVAL = "approval"
VERSION_RESTORABLE = "version-restorable"
PROBATION_FAILURES = "probation-failures"
PROBATION_LOADING = "probation-loading"
PROBATION_LATENCY = "probation-latency"
PROBATION_LABELS = "probation-labels"
PROBATION_CHECKS = {
    PROBATION_LOADING: "predictors can load the version on probation",
    PROBATION_FAILURES: "version on probation answers without failures",
    PROBATION_LATENCY: "version on probation answers within its time",
    PROBATION_LABELS: "labels do not show that the version on probation is worse",
}
"""The title of each condition of a probation by its id."""
TITLES = {check.id: check.title for check in CHECKS} | {
    APPROVAL: "approved by a person",
    VERSION_RESTORABLE: "version can be restored",
    **PROBATION_CHECKS,
}
"""The title of every check by its id: of the gate, an approval, a rollback and a probation."""
OLD_NAMES = {
    "manifest signed by a known trainer": "manifest-signed",
    "manifest valid": "manifest-valid",
    "bytes match descriptors": "bytes-match",
    "formats allowed": "formats-allowed",
    "metric is the gatekeeper's": "metric-matches",
    "schema compatible": "schema-compatible",
    "claimed holdout score reproduced": "score-reproduced",
    "loads and answers golden rows": "golden-rows-reproduced",
    "runtime can serve it": "runtime-supported",
    "loads within its time": "load-time-limit",
    "answers one row within its time": "p95-latency-limit",
    "memory within its limit": "memory-limit",
    "size within its limit": "size-limit",
    "holdout unseen by both models": "holdout-unseen",
    "holdout kept, or said to be new": "holdout-retained",
    "metric clears the floor": "score-floor",
    "holdout has enough rows": "min-holdout-rows",
    "answers differ between rows": "predictions-vary",
    "recall of every class clears its floor": "recall-floor",
    "no slice worse than allowed": "slice-drop",
    "difference is not chance": "significance",
    "metric not below the champion's by more than allowed": "champion-comparison",
    "approved by a person": APPROVAL,
    "version can be restored": VERSION_RESTORABLE,
}
"""The id of each name that decisions on the volume may have from before."""


def to_check_id(name: str) -> str:
    """Return the id for the name of a check in a decision of any age."""
    return OLD_NAMES.get(name, name)


def check_title(name: str) -> str:
    """Return the title for the name of a check in a decision of any age, or the name itself."""
    check_id = to_check_id(name)
    return TITLES.get(check_id, check_id)


def show_check(check: CheckResult, metric: str) -> CheckResult:
    """Return the check of a decision of any age as people see it, with positive errors."""
    return turn_errors(check, metric, to_check_id(check.name))
