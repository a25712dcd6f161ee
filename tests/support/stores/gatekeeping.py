"""Gatekeepers for tests, in this process or as a separate process."""

import json
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gatekeeper.background.poll import Reconciler
from gatekeeper.background.retention import Retention
from gatekeeper.decisions.approval_queue import ApprovalQueue
from gatekeeper.decisions.promotion import Promotion
from gatekeeper.decisions.signing import NO_KEYS, Signing
from gatekeeper.drift.comparison import DriftLimits
from gatekeeper.drift.drift_check import DriftCheck
from gatekeeper.evaluation.evaluation_budget import EvaluationBudget
from gatekeeper.evaluation.process_evaluator import ProcessEvaluator
from gatekeeper.evidence.comparison_messages import ComparisonRequest, ComparisonResult
from gatekeeper.evidence.evaluation_messages import ScoringRequest, ScoringResult
from gatekeeper.evidence.live_requests import LiveComparisonRequest, ReplayRequest
from gatekeeper.evidence.live_results import LiveResult, ReplayResult
from gatekeeper.feedback.old_labels import OldLabels
from gatekeeper.live.live_history import LiveHistory
from gatekeeper.policy.terms.gate_policy import GatePolicy
from gatekeeper.sandbox.comparer import compare
from gatekeeper.sandbox.live_rows.comparer import compare_live
from gatekeeper.sandbox.live_rows.replayer import replay
from gatekeeper.sandbox.scorer import score_model
from shared.contract.documents import Descriptor
from shared.contract.layout import HOLDOUT
from shared.errors import EvaluationUnavailableError
from shared.live.old_hours import OldHours
from shared.maintenance.store_checker import check_store
from shared.store.store import ModelStore
from tests.support.http import plain_http
from tests.support.models.toy import ToyModel, toy_model
from tests.support.processes.wait_until import wait_for
from tests.support.project import ROOT
from tests.support.stores.builders import ToyCandidate, toy_candidate

SERVICE_PREFIXES = ("TRAINER_", "GATEKEEPER_", "PREDICTOR_", "STORE_", "METRIC", "LOG_", "ALLOW_")
ACCURACY = GatePolicy(metric="accuracy")
"""A policy with the metric of the toy candidates."""
LIMITS = EvaluationBudget(seconds=240, memory_mib=1024)
PATIENT = {"GATEKEEPER_EVALUATION_SECONDS": "240", "TRAINER_WAIT_SECONDS": "600"}
"""Times after which services give up: on a busy machine, good models may need their defaults."""


class HereEvaluator(ProcessEvaluator):
    """An evaluator in this process: quick, for trusted models only."""

    def __init__(self) -> None:
        self.jobs: list[ScoringRequest] = []

    def prepare(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""

    def evaluate(self, requests: Sequence[ScoringRequest]) -> list[ScoringResult]:
        self.jobs += requests
        return [score_model(job) for job in requests]

    def compare(self, request: ComparisonRequest) -> ComparisonResult:
        return compare(request)

    def replay(self, requests: Sequence[ReplayRequest]) -> list[ReplayResult]:
        return [replay(each) for each in requests]

    def compare_live(self, request: LiveComparisonRequest) -> LiveResult:
        return compare_live(request)


class TrustingEvaluator(HereEvaluator):
    """An evaluator that scores every model 1.0 and loads nothing. Forked processes may use it."""

    def evaluate(self, requests: Sequence[ScoringRequest]) -> list[ScoringResult]:
        return [ScoringResult(1.0) for _ in requests]

    def compare(self, request: ComparisonRequest) -> ComparisonResult:
        return ComparisonResult()


class MoodyEvaluator(HereEvaluator):
    """An evaluator that cannot score while it is down."""

    is_down = True

    def evaluate(self, requests: Sequence[ScoringRequest]) -> list[ScoringResult]:
        if self.is_down:
            raise EvaluationUnavailableError("No scoring today.")
        return super().evaluate(requests)


def gatekeeper_of(
    store: ModelStore,
    policy: GatePolicy = ACCURACY,
    *,
    evaluator: ProcessEvaluator | None = None,
    keep_models: int = 10,
    queue: ApprovalQueue | None = None,
    signing: Signing = NO_KEYS,
) -> Reconciler:
    """Build a gatekeeper that has not polled yet."""
    if signing.trainer_keys is not None:
        policy = policy.model_copy(update={"trainer_keys": signing.trainer_keys.fingerprints})
    evaluator, queue = evaluator or HereEvaluator(), queue or ApprovalQueue()
    promotion = Promotion(store, evaluator, policy, LIMITS, queue, signing)
    retention = Retention(store, keep_models, policy)
    old_hours = OldHours(store.layout, days=30)
    old_labels = OldLabels(store.layout, days=30)
    drift = DriftCheck(store, LiveHistory(store.layout), DriftLimits())
    return Reconciler(store, promotion, retention, old_hours, drift, old_labels=old_labels)


def handed_in(model: ToyModel) -> ToyCandidate:
    """Build a candidate from *model*, with the claims and holdout of the toy candidate."""
    honest = toy_candidate()
    files = (*model.descriptors, honest.manifest.file(HOLDOUT))
    changed = honest.with_manifest(files=files, digest=model.digest)
    return replace(changed, files={**model.files, HOLDOUT: honest.files[HOLDOUT]})


def with_file(
    candidate: ToyCandidate, name: str, media_type: str, data: bytes = b"data"
) -> ToyCandidate:
    """Add or replace one file of a candidate and describe it correctly."""
    others = (file for file in candidate.manifest.files if file.name != name)
    files = (*others, Descriptor.describe(name, media_type, data))
    return replace(candidate.with_manifest(files=files), files={**candidate.files, name: data})


def weak_candidate() -> ToyCandidate:
    """Build a candidate with 2 of 10 rows correct. The toy model has the other 8 correct."""
    return toy_candidate(toy_model((-1.0, -1.0)), correct=2, model_name="weak")


def outcomes(store: ModelStore) -> list[str]:
    """Return the outcomes in the log, oldest first."""
    return [entry.decision.outcome for entry in store.decision_log().entries]


def failed_checks(store: ModelStore, candidate_id: str) -> dict[str, str]:
    """Return name and message of the checks that refused a candidate."""
    decision = store.decision_log().decision_on(candidate_id)
    assert decision is not None, f"{candidate_id} is not decided"
    assert (decision.outcome in {"refused", "inconclusive"}) == bool(decision.failed)
    return {check.name: check.message for check in decision.failed}


def refuse(store: ModelStore, candidate_id: str) -> dict[str, str]:
    """Decide a bad candidate and a good one after it. Return the failed checks of the bad one."""
    good = toy_candidate(toy_model(bias=0.25)).publish(store)
    gatekeeper_of(store).poll()
    log = store.decision_log()
    last = log.decision_on(good)
    assert last is not None, "the good candidate behind it waits"
    assert last.outcome == "promoted"
    errors = [finding.message for finding in check_store(store) if finding.kind == "error"]
    assert all("is a symbolic link" in error for error in errors), errors
    assert store.models.digests() == [toy_model(bias=0.25).digest]
    return failed_checks(store, candidate_id)


def clean_environment(store_dir: Path, **variables: object) -> dict[str, str]:
    """Return the environment of a service that is configured only by *variables*."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(SERVICE_PREFIXES)}
    given = {name: str(value) for name, value in variables.items()}
    return {**kept, "STORE_DIR": str(store_dir), "METRIC": "accuracy", **PATIENT, **given}


@dataclass
class Running:
    """A gatekeeper process."""

    process: subprocess.Popen[str]
    log_file: Path
    url: str = ""
    trust: ssl.SSLContext = plain_http.NO_CERTIFICATES
    lines: list[dict[str, Any]] = field(default_factory=list)

    def read_log(self) -> list[dict[str, Any]]:
        """Read its log, one JSON object for each line."""
        text = self.log_file.read_text()
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    def has_logged(self, text: str) -> bool:
        return any(text in line["message"] for line in self.read_log())

    def kill(self) -> None:
        """Kill it at once."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Stop it in order. Return its exit status."""
        self.process.terminate()
        return self.process.wait()

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.log_file.read_text()
        if not self.url:
            return False
        return plain_http.get(f"{self.url}/readyz", verify=self.trust).status_code == 200


def running_gatekeeper(
    store_dir: Path, log_file: Path, *arguments: str, **variables: object
) -> AbstractContextManager[Running]:
    """Start `python -m gatekeeper` on a free port, wait until it is ready, kill it at the end."""
    return prefixed_gatekeeper((), store_dir, log_file, arguments, variables)


@contextmanager
def prefixed_gatekeeper(
    prefix: Sequence[str],
    store_dir: Path,
    log_file: Path,
    arguments: Sequence[str],
    variables: Mapping[str, object],
) -> Iterator[Running]:
    """Start a gatekeeper through a command that replaces itself, such as `prlimit`."""
    settings = {"GATEKEEPER_PORT": 0, "LOG_FORMAT": "json", **variables}
    with log_file.open("a") as log:
        process = subprocess.Popen(
            [*prefix, sys.executable, "-m", "gatekeeper", *arguments],
            cwd=ROOT,
            env=clean_environment(store_dir, **settings),
            stdout=log,
            stderr=log,
            text=True,
        )
    running = Running(process, log_file)
    if certificate := variables.get("GATEKEEPER_TLS_CERT"):
        running.trust = ssl.create_default_context(cafile=str(certificate))
    try:
        wait_for(lambda: _url(running), "the gatekeeper to listen")
        running.url = _url(running)
        wait_for(running.is_ready, "the gatekeeper to be ready")
        yield running
    finally:
        if process.poll() is None:
            running.kill()


def _url(running: Running) -> str:
    assert running.process.poll() is None, running.log_file.read_text()
    said = [line["message"] for line in running.read_log() if "Listening on" in line["message"]]
    return said[-1].split("Listening on ")[1].split(",")[0] if said else ""
