"""The gatekeeper's metrics for Prometheus. Most follow from the store.

A restart resets only evaluation times, wrong tokens and labels by kind.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import get_args

from prometheus_client import Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gatekeeper.api.decision_history import DecisionHistory
from gatekeeper.api.fleet_status import describe_fleet
from gatekeeper.api.notification_metrics import collect_notifications
from gatekeeper.drift.drift_metrics import collect_drift
from gatekeeper.live_score.score_board import ScoreBoard
from gatekeeper.live_score.score_metrics import collect_live_scores
from gatekeeper.policy.check_names import TITLES, VERSION_RESTORABLE, to_check_id
from shared.contract.check_result import CheckResult
from shared.contract.documents import Outcome
from shared.live.drift_file import DriftFile
from shared.store.store import ModelStore
from shared.training.file_lock import is_trainer_waiting
from shared.training.training_files import TrainingFiles

PREFIX = "modelgate_gatekeeper_"
EVALUATION_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Upper bounds of the buckets of evaluation times, in seconds."""

_CHECKS = tuple(check for check in TITLES if check != VERSION_RESTORABLE)


def create_evaluation_times() -> Histogram:
    """Create the histogram that counts evaluations by their seconds, from any thread."""
    return Histogram(
        f"{PREFIX}evaluation_duration_seconds",
        "Time to score a challenger and its champion, since this process started.",
        buckets=EVALUATION_SECONDS,
        registry=None,
    )


@dataclass(frozen=True)
class GatekeeperCollector(Collector):
    """The families of one scrape, read from the store."""

    store: ModelStore
    history: DecisionHistory
    blocked: bool
    evaluations: Histogram
    awaiting_approval: Collection[str]
    live_scores: ScoreBoard
    probation_seconds: float = 0
    """Seconds until the probation of the version in production ends; 0 without one."""
    wrong_tokens: int = 0
    feedback: Mapping[str, int] = field(default_factory=dict)
    """The labels that this process received, by kind."""

    def page(self) -> bytes:
        """Render the page; raises LogCorruptError or OSError when the store cannot be read."""
        return generate_latest(self)

    def collect(self) -> Iterable[Metric]:
        """Read the store and return all families in the order of docs/metrics.md."""
        decisions = [entry.decision for entry in self.history.entries()]
        awaiting = len(self.awaiting_approval)
        settled = {decision.candidate_id for decision in decisions} | set(self.awaiting_approval)
        pending = sum(name not in settled for name in self.store.candidates.ids())
        registry = self.history.in_force()
        promoted_at = registry.promoted_at.timestamp() if registry else 0
        now = datetime.now(UTC)
        fleet = describe_fleet(self.store.heartbeats.survey(), registry, now)
        serving = {**fleet.serving, "none": fleet.live - sum(fleet.serving.values())}
        outcomes = Counter(decision.outcome for decision in decisions)
        return [
            _counter(
                "decisions",
                "Decisions in the log, by outcome.",
                "outcome",
                {outcome: outcomes[outcome] for outcome in get_args(Outcome)},
            ),
            _counter(
                "failed_checks",
                "Checks in the log that candidates and versions on probation have failed.",
                "check",
                _count(_CHECKS, (check for each in decisions for check in each.failed)),
            ),
            _counter(
                "unapplied_checks",
                "Checks in the log that were not applied: there was nothing to compare.",
                "check",
                _count(_CHECKS, (check for each in decisions for check in each.not_checked)),
            ),
            _gauge("pending_candidates", "Published candidates that are not judged yet.", pending),
            _gauge(
                "candidates_awaiting_approval",
                "Candidates that passed every check and wait for a person's approval.",
                awaiting,
            ),
            _gauge("waiting_candidates", "Deprecated: use pending_candidates.", pending),
            _gauge("held_candidates", "Deprecated: use candidates_awaiting_approval.", awaiting),
            _gauge(
                "blocked",
                "1 while a candidate cannot be decided, otherwise 0.",
                self.blocked,
            ),
            *_without_creation_time(self.evaluations),
            _gauge(
                "registry_version",
                "Registry version in production; 0 before the first promotion.",
                registry.version if registry else 0,
            ),
            _gauge(
                "promoted_timestamp_seconds",
                "Unix time at which the version in production was promoted; "
                "0 before the first promotion.",
                promoted_at,
            ),
            _gauge(
                "probation_seconds",
                "Seconds until the probation of the version in production ends; 0 without one.",
                self.probation_seconds,
            ),
            _gauge(
                "fleet_quarantined_workers",
                "Live predictor workers on which the model in production is in quarantine.",
                fleet.quarantined,
            ),
            _gauge(
                "fleet_workers",
                "Live predictor workers, by the registry version that they serve "
                "(none: they serve none).",
                {version: count for version, count in serving.items() if count},
                label="version",
            ),
            CounterMetricFamily(
                f"{PREFIX}wrong_tokens",
                "Requests for changes with a wrong token, since this process started.",
                self.wrong_tokens,
            ),
            _gauge(
                "unusable_heartbeats",
                "Files in serving/ that are left out because they are invalid or unreadable.",
                fleet.unusable,
            ),
            _gauge(
                "unread_heartbeats",
                "Older heartbeats that are left out, because serving/ has too many.",
                fleet.unread,
            ),
            _counter(
                "feedback_labels",
                "Labels received since this process started, by kind: a contradicting label is a "
                "replaced one too, and an unknown one is new or replaced.",
                "kind",
                self.feedback,
            ),
            *collect_notifications(self.store.layout, len(decisions)),
            *self._collect_trainings(),
            *collect_drift(DriftFile(self.store.layout)),
            *collect_live_scores(self.live_scores),
        ]

    def _collect_trainings(self) -> Iterable[Metric]:
        status = TrainingFiles(self.store.layout).find_status()
        last = status.last_run if status else None
        yield _gauge(
            "training_waiting",
            "1 while a process waits to train by itself, otherwise 0.",
            is_trainer_waiting(self.store.layout),
        )
        yield _gauge(
            "training_failures",
            "Trainings by itself that have failed since the last one that did not.",
            status.failures if status else 0,
        )
        yield _gauge(
            "training_ended_timestamp_seconds",
            "Unix time at which the last training by itself ended; 0 before the first.",
            last.ended_at.timestamp() if last else 0,
        )
        yield _gauge(
            "training_next_timestamp_seconds",
            "Unix time of the next training by schedule or after a failure; 0 if none is planned.",
            status.next_run.timestamp() if status and status.next_run else 0,
        )


def _count(known: Sequence[str], checks: Iterable[CheckResult]) -> Mapping[str, int]:
    """Count the results of each check: first the known checks, then others in the log."""
    counts = Counter(to_check_id(check.name) for check in checks)
    return {name: counts[name] for name in (*known, *sorted(counts.keys() - set(known)))}


def _without_creation_time(histogram: Histogram) -> Iterable[Metric]:
    """Collect a histogram; its `_created` sample would be a family that nobody needs."""
    for family in histogram.collect():
        family.samples = [each for each in family.samples if not each.name.endswith("_created")]
        yield family


def _counter(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = CounterMetricFamily(PREFIX + name, text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _gauge(
    name: str, text: str, values: float | Mapping[str, float], label: str | None = None
) -> Metric:
    family = GaugeMetricFamily(PREFIX + name, text, labels=[label] if label else [])
    for key, value in values.items() if isinstance(values, Mapping) else [(None, values)]:
        family.add_metric([key] if key else [], value)
    return family
