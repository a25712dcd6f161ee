"""The conditions under which a version on probation is rolled back. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gatekeeper.evidence.live_results import LabelledScores
from gatekeeper.policy.check_names import (
    PROBATION_FAILURES,
    PROBATION_LABELS,
    PROBATION_LATENCY,
    PROBATION_LOADING,
)
from gatekeeper.probation.evidence_of_excess import find_upper_bound, is_above
from gatekeeper.probation.label_limits import LabelLimits, describe_loss, observe_loss, shows_loss
from gatekeeper.probation.loading import LoadingFailure
from gatekeeper.probation.on_probation import Probation
from gatekeeper.probation.request_counts import RequestCounts
from shared.contract.check_result import CheckResult

SLOW_SHARE = 0.05
"""The share of requests above the 95th percentile."""


@dataclass(frozen=True)
class ProbationLimits:
    """The settings of probations."""

    seconds: float = 0.0
    """The length of a probation; 0 if there is none."""
    max_failures: float = 0.01
    """The largest share of failed requests."""
    max_p95_seconds: float | None = None
    """The largest 95th percentile of latency; None if there is no limit."""
    labels: LabelLimits = field(default_factory=LabelLimits)


def find_failure(
    probation: Probation,
    counts: RequestCounts,
    before: RequestCounts,
    limits: ProbationLimits,
    *,
    loading: LoadingFailure | None,
    labelled: LabelledScores | None,
) -> CheckResult | None:
    """Return the first failed condition, or None.

    *counts* are those of the version on probation, *before* those of its predecessor. *labelled*
    has the scores of both models, the version on probation as the challenger.
    """
    return (
        _check_loading(probation, loading)
        or _check_failures(probation, counts, before, limits)
        or _check_latency(probation, counts, limits)
        or _check_labels(probation, labelled, limits.labels)
    )


def _check_loading(probation: Probation, loading: LoadingFailure | None) -> CheckResult | None:
    if loading is None:
        return None
    hosts = f"{loading.hosts} of {loading.all_hosts} host{'s' if loading.all_hosts > 1 else ''}"
    return _fail(
        PROBATION_LOADING,
        probation,
        {"hosts": loading.hosts, "all_hosts": loading.all_hosts, "error": loading.error},
        loading.all_hosts // 2,
        f"The predictor cannot load it on {hosts}; at most half of all hosts may fail. "
        f"{loading.error}",
    )


def _check_failures(
    probation: Probation, counts: RequestCounts, before: RequestCounts, limits: ProbationLimits
) -> CheckResult | None:
    limit = limits.max_failures
    if before.failed:  # to restore a model that fails too would not help
        limit = max(limit, find_upper_bound(before.failed, before.total))
    if limit >= 1 or not is_above(counts.failed, counts.total, limit):
        return None
    allowed = f"{100 * limits.max_failures:.3g} % are allowed"
    if before.total:
        allowed += f", and {_show_share(before.failed, before.total)} failed before"
    return _fail(
        PROBATION_FAILURES,
        probation,
        {
            "requests": counts.total,
            "errors": counts.errors,
            "not_finite": counts.not_finite,
            "requests_before": before.total,
            "failed_before": before.failed,
        },
        limits.max_failures,
        f"{_show_share(counts.failed, counts.total)} failed; {allowed}. "
        f"The model failed on {counts.errors:,}, and its answer was not finite on "
        f"{counts.not_finite:,}.",
    )


def _check_latency(
    probation: Probation, counts: RequestCounts, limits: ProbationLimits
) -> CheckResult | None:
    limit = limits.max_p95_seconds
    if limit is None:
        return None
    slow, total = counts.count_slower(limit), sum(counts.latencies)
    if not is_above(slow, total, SLOW_SHARE):
        return None
    return _fail(
        PROBATION_LATENCY,
        probation,
        {"requests": total, "slower": slow},
        1000 * limit,
        f"{_show_share(slow, total)} took longer than {1000 * limit:g} ms; "
        f"{100 * SLOW_SHARE:g} % are allowed.",
    )


def _check_labels(
    probation: Probation, labelled: LabelledScores | None, limits: LabelLimits
) -> CheckResult | None:
    if labelled is None or not shows_loss(labelled, limits):
        return None
    return _fail(
        PROBATION_LABELS,
        probation,
        observe_loss(labelled),
        limits.allowed,
        describe_loss(labelled, limits, probation.predecessor.version),
    )


def _show_share(part: int, total: int) -> str:
    return f"{part:,} of {total:,} requests ({100 * part / total:.3g} %)"


def _fail(
    name: str, probation: Probation, found: Mapping[str, Any], required: Any, message: str
) -> CheckResult:
    registry = probation.registry
    return CheckResult(
        name=name,
        passed=False,
        observed={"version": registry.version, "digest": registry.digest, **found},
        required=required,
        message=f"Version {registry.version} failed its probation. {message}",
    )
