"""What the gatekeeper tells Prometheus. All but the evaluations' times follows from the store."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import get_args

from gatekeeper.api.decision_history import DecisionHistory
from gatekeeper.api.fleet_status import describe_fleet
from gatekeeper.policy.check_names import TITLES, VERSION_RESTORABLE, to_check_id
from shared.contract.documents import Decision, Outcome
from shared.http.prometheus_text import Family, Samples, render
from shared.store.store import ModelStore

_PREFIX = "modelgate_gatekeeper_"
DECISIONS = Family(
    f"{_PREFIX}decisions_total", "counter", "Decisions in the log, by outcome.", ("outcome",)
)
FAILED_CHECKS = Family(
    f"{_PREFIX}failed_checks_total",
    "counter",
    "Checks in the log that candidates have failed; one candidate may fail several.",
    ("check",),
)
WAITING = Family(
    f"{_PREFIX}waiting_candidates", "gauge", "Published candidates that are not judged yet."
)
HELD = Family(
    f"{_PREFIX}held_candidates",
    "gauge",
    "Candidates that passed every check and wait for a person's approval.",
)
BLOCKED = Family(
    f"{_PREFIX}blocked",
    "gauge",
    "1 while something keeps all candidates from being decided, else 0.",
)
EVALUATION_SECONDS = Family(
    f"{_PREFIX}evaluation_duration_seconds",
    "histogram",
    "Time to score a challenger and the champion beside it, since this process started.",
    bounds=(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0),
)
REGISTRY_VERSION = Family(
    f"{_PREFIX}registry_version",
    "gauge",
    "Registry version in production; 0 before the first promotion.",
)
PROMOTED = Family(
    f"{_PREFIX}promoted_timestamp_seconds",
    "gauge",
    "Unix time at which the version in production was promoted; 0 before the first promotion.",
)
FLEET = Family(
    f"{_PREFIX}fleet_workers",
    "gauge",
    "Live predictor workers, by the registry version that they serve (none: they serve none).",
    ("version",),
)
FAMILIES = (
    *(DECISIONS, FAILED_CHECKS, WAITING, HELD, BLOCKED, EVALUATION_SECONDS),
    *(REGISTRY_VERSION, PROMOTED, FLEET),
)

_CHECKS = tuple(check for check in TITLES if check != VERSION_RESTORABLE)


def metrics_page(
    store: ModelStore,
    history: DecisionHistory,
    *,
    blocked: bool,
    evaluations: Sequence[float],
    held: Collection[str],
) -> bytes:
    """The page; *evaluations* is a sample of EVALUATION_SECONDS, *held* are candidates' ids.

    Raises LogCorruptError or OSError when the store cannot be read.
    """
    decisions = [entry.decision for entry in history.entries()]
    settled = {decision.candidate_id for decision in decisions} | set(held)
    registry = history.in_force()
    fleet = describe_fleet(store.heartbeats.all(), registry, datetime.now(UTC))
    serving_none = fleet.live - sum(fleet.serving.values())
    page: dict[Family, Samples] = {
        DECISIONS: _counted(get_args(Outcome), (decision.outcome for decision in decisions)),
        FAILED_CHECKS: _counted(_CHECKS, _failed(decisions)),
        WAITING: {(): [sum(name not in settled for name in store.candidates.ids())]},
        HELD: {(): [len(held)]},
        BLOCKED: {(): [blocked]},
        EVALUATION_SECONDS: {(): evaluations},
        REGISTRY_VERSION: {(): [registry.version if registry else 0]},
        PROMOTED: {(): [registry.promoted_at.timestamp() if registry else 0]},
        FLEET: {
            (version,): [count]
            for version, count in (*fleet.serving.items(), ("none", serving_none))
            if count
        },
    }
    return render(page)


def _failed(decisions: Iterable[Decision]) -> Iterable[str]:
    return (to_check_id(check.name) for decision in decisions for check in decision.failed)


def _counted(known: Sequence[str], found: Iterable[str]) -> Samples:
    """How often each occurs: those that are known too that never did."""
    counts = Counter(found)
    return {(name,): [counts[name]] for name in (*known, *sorted(counts.keys() - set(known)))}
