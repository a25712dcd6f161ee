"""The gatekeeper as one object, assembled from the settings."""

import threading
from dataclasses import dataclass

from prometheus_client import Histogram

from gatekeeper.api.bearer_token import TokenFile, create_own_token
from gatekeeper.api.decision_history import DecisionHistory
from gatekeeper.api.limited_reads import LimitedReads
from gatekeeper.api.prometheus import create_evaluation_times
from gatekeeper.api.token_gate import TokenGate
from gatekeeper.background.poll import Reconciler
from gatekeeper.background.poll_thread import PollThread
from gatekeeper.background.retention import Retention
from gatekeeper.decisions.approval import Approvals
from gatekeeper.decisions.approval_queue import ApprovalQueue
from gatekeeper.decisions.promotion import Promotion
from gatekeeper.decisions.signing import Signing, load_signing
from gatekeeper.drift.comparison import DriftLimits
from gatekeeper.drift.drift_check import DriftCheck
from gatekeeper.evaluation.evaluation_budget import EvaluationBudget
from gatekeeper.evaluation.process_evaluator import ProcessEvaluator
from gatekeeper.feedback.feedback import Feedback
from gatekeeper.feedback.old_labels import OldLabels
from gatekeeper.live.live_history import LiveHistory
from gatekeeper.live_score.live_scores import LiveScores, LiveScoreSettings
from gatekeeper.live_score.scorer_process import ScorerProcess
from gatekeeper.live_status.live_view import LiveView
from gatekeeper.policy.terms.gate_policy import GatePolicy, GateSettings
from gatekeeper.probation.conditions import ProbationLimits
from gatekeeper.probation.label_limits import LabelLimits
from gatekeeper.probation.label_looks import LabelLooks
from gatekeeper.probation.label_scores import LabelScorer
from gatekeeper.probation.on_probation import ProbationClock
from gatekeeper.probation.probation_check import ProbationCheck
from gatekeeper.probation.probation_status import MINUTE, ProbationView
from gatekeeper.settings import GatekeeperSettings
from shared.contract.layout import DECISIONS, FEEDBACK, MODELS
from shared.live.old_hours import OldHours
from shared.settings import CommonSettings
from shared.store.store import ModelStore, open_for_writing

FEEDBACK_AT_ONCE = 4
"""The most bodies with labels that are parsed at the same time; each may take 50 MiB."""


@dataclass(frozen=True)
class Service:
    """Everything that the HTTP layer calls."""

    store: ModelStore
    history: DecisionHistory
    tokens: TokenGate
    poll_thread: PollThread
    evaluations: Histogram
    queue: ApprovalQueue
    signing: Signing
    approvals: Approvals
    reads: LimitedReads
    live: LiveHistory
    live_view: LiveView
    feedback: Feedback
    feedback_parts: LimitedReads
    """The limit of requests with labels that are parsed at the same time."""
    live_scores: LiveScores
    label_looks: LabelLooks
    probation: ProbationView


def assemble(settings: GatekeeperSettings, common: CommonSettings) -> Service:
    """Open the store for writing and assemble the service. No thread runs yet.

    Raises:
        StoreError: The store cannot be used.
        TokenError: The token cannot be read.
        KeyFileError: A key cannot be read.
    """
    store = open_for_writing(common.store_dir, ".", MODELS, DECISIONS, FEEDBACK)
    token = (
        TokenFile(settings.token_file) if settings.token_file else create_own_token(store.layout)
    )
    token.read()
    signing = load_signing(settings)
    stopping = threading.Event()
    evaluations = create_evaluation_times()
    evaluator = ProcessEvaluator(stopping, observe_seconds=evaluations.observe)
    queue = ApprovalQueue(is_manual=settings.approval == "manual")
    policy = GatePolicy(
        metric=common.metric,
        costs=common.costs,
        allow_joblib=common.allow_joblib,
        trainer_keys=signing.trainer_keys.fingerprints if signing.trainer_keys else (),
        **settings.model_dump(include=set(GateSettings.model_fields)),
    )
    budget = EvaluationBudget(settings.evaluation_seconds, settings.evaluation_memory_mib)
    promotion = Promotion(store, evaluator, policy, budget, queue, signing)
    history = DecisionHistory(store)
    limits = _find_probation_limits(settings, common.metric)
    keeps_predecessor = max(settings.keep_models, 2) if limits.seconds else settings.keep_models
    retention = Retention(store, keeps_predecessor, settings)
    old_hours = OldHours(store.layout, common.gatekeeper_live_days)
    old_labels = OldLabels(store.layout, common.gatekeeper_live_days)
    live = LiveHistory(store.layout, common.gatekeeper_live_days)
    drift_limits = DriftLimits(settings.drift_index, settings.drift_alarms_per_year)
    drift = DriftCheck(store, live, drift_limits)
    clock = ProbationClock(store.layout, limits.seconds)
    label_looks = LabelLooks(
        LabelScorer(store, ProcessEvaluator(stopping), policy, budget, signing.trainer_keys),
        lambda: [each.decision for each in history.entries()],
        clock,
        stopping,
    )
    probation = ProbationCheck(store, live, limits, clock, signing.key, labels=label_looks.board)
    reconciler = Reconciler(
        store,
        promotion,
        retention,
        old_hours,
        drift,
        old_labels=old_labels,
        probation=probation,
    )
    poll_thread = PollThread(reconciler, settings.poll_seconds, stopping)
    scores = LiveScores(
        store,
        lambda: [each.decision for each in history.entries()],
        LiveScoreSettings(
            common.metric,
            common.costs,
            settings.live_score_rows,
            settings.evaluation_memory_mib,
        ),
        ScorerProcess(stopping),
        stopping,
    )
    return Service(
        store=store,
        history=history,
        tokens=TokenGate(token),
        poll_thread=poll_thread,
        evaluations=evaluations,
        queue=queue,
        signing=signing,
        approvals=Approvals(store, queue, signing),
        reads=LimitedReads(),
        live=live,
        feedback=Feedback(store.layout),
        feedback_parts=LimitedReads(FEEDBACK_AT_ONCE),
        live_view=LiveView(store, live, scores.board),
        live_scores=scores,
        label_looks=label_looks,
        probation=ProbationView(store.models, live, clock, label_looks.board, limits.labels),
    )


def _find_probation_limits(settings: GatekeeperSettings, metric: str) -> ProbationLimits:
    slowest = settings.probation_max_p95_ms
    return ProbationLimits(
        MINUTE * settings.probation_minutes,
        settings.probation_max_failures,
        None if slowest is None else slowest / 1000,
        LabelLimits.choose(metric, settings.min_improvement, settings.confidence),
    )
