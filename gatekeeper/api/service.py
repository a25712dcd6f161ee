"""The gatekeeper as one object, assembled from the settings."""

import threading
from dataclasses import dataclass

from prometheus_client import Histogram

from gatekeeper.api.bearer_token import TokenFile, create_own_token
from gatekeeper.api.decision_history import DecisionHistory
from gatekeeper.api.prometheus import create_evaluation_times
from gatekeeper.background.poll import Reconciler
from gatekeeper.background.poll_thread import PollThread
from gatekeeper.background.retention import Retention
from gatekeeper.decisions.approval import Approvals
from gatekeeper.decisions.approval_queue import ApprovalQueue
from gatekeeper.decisions.promotion import Promotion
from gatekeeper.decisions.signing import Signing, load_signing
from gatekeeper.evaluation.gather_facts import EvaluationBudget
from gatekeeper.evaluation.process_evaluator import ProcessEvaluator
from gatekeeper.policy.terms.gate_policy import GatePolicy, GateSettings
from gatekeeper.settings import GatekeeperSettings
from shared.contract.layout import DECISIONS, MODELS
from shared.settings import CommonSettings
from shared.store.store import ModelStore, open_for_writing


@dataclass(frozen=True)
class Service:
    """Everything that the HTTP layer calls."""

    store: ModelStore
    history: DecisionHistory
    token: TokenFile
    poll_thread: PollThread
    evaluations: Histogram
    queue: ApprovalQueue
    signing: Signing
    approvals: Approvals


def assemble(settings: GatekeeperSettings, common: CommonSettings) -> Service:
    """Open the store for writing and assemble the service. No thread runs yet.

    Raises:
        StoreError: The store cannot be used.
        TokenError: The token cannot be read.
        KeyFileError: A key cannot be read.
    """
    store = open_for_writing(common.store_dir, ".", MODELS, DECISIONS)
    token = (
        TokenFile(settings.token_file) if settings.token_file else create_own_token(store.layout)
    )
    token.read()
    signing = load_signing(settings)
    stopping = threading.Event()
    evaluations = create_evaluation_times()
    evaluator = ProcessEvaluator(stopping, observe_seconds=evaluations.observe)
    queue = ApprovalQueue(is_manual=settings.approval == "manual")
    promotion = Promotion(
        store,
        evaluator,
        GatePolicy(
            metric=common.metric,
            allow_joblib=common.allow_joblib,
            trainer_keys=signing.trainer_keys.fingerprints if signing.trainer_keys else (),
            **settings.model_dump(include=set(GateSettings.model_fields)),
        ),
        EvaluationBudget(settings.evaluation_seconds, settings.evaluation_memory_mib),
        queue,
        signing,
    )
    reconciler = Reconciler(store, promotion, Retention(store, settings.keep_models))
    poll_thread = PollThread(reconciler, settings.poll_seconds, stopping)
    return Service(
        store=store,
        history=DecisionHistory(store.layout),
        token=token,
        poll_thread=poll_thread,
        evaluations=evaluations,
        queue=queue,
        signing=signing,
        approvals=Approvals(store, queue, signing),
    )
