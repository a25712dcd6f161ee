"""Services that speak the protocol of the store and do nothing more, for hosts that are slow.

They decide without scoring and serve without a model's library, through the product's own modules.
The agent of a host calls these functions; arguments and results are JSON.
"""

import logging
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from gatekeeper.background import housekeeping
from gatekeeper.background.housekeeping import Housekeeping
from gatekeeper.background.training_log import TrainingLog
from gatekeeper.decisions.commit import promote
from predictor.lifecycle.registry_watcher import RegistryWatcher
from shared.contract.documents import Decision, Manifest, Registry
from shared.contract.heartbeat import Heartbeat
from shared.contract.layout import CANDIDATES, DECISIONS, HOLDOUT, MODELS, REFERENCE, SERVING
from shared.errors import DecisionConflictError, StoreError
from shared.maintenance.store_checker import check_store
from shared.store.candidates import new_candidate_id
from shared.store.store import ModelStore, open_for_writing, open_store
from shared.volume.poll_pace import PollPace
from trainer.publishing.rollout import Rollout
from trainer.publishing.wait import wait_for_decision

Json = dict[str, Any]
_RealTime = datetime
_SERVICES: dict[str, "Service"] = {}


class Service:
    """A thread that repeats one step until it is stopped; a failing step is repeated too."""

    def __init__(self, name: str, seconds: float) -> None:
        self._pace = PollPace(seconds)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.error: str | None = None
        self.status: Json = {}

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread in order."""
        self._stopping.set()
        self._thread.join(20)

    def step(self) -> None:
        """Do the work once."""
        raise NotImplementedError

    def close(self) -> None:
        """End the work."""

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with self._pace.look():
                    self.step()
                self.error = None
            except (StoreError, OSError) as error:
                self.error = f"{type(error).__name__}: {error}"
            self._stopping.wait(self._pace.wait_seconds)
        self.close()


class Gatekeeper(Service):
    """A gatekeeper that promotes every candidate."""

    def __init__(self, name: str, store: ModelStore) -> None:
        super().__init__(name, 0.1)
        self._store = store
        self._log = store.decision_log()
        self._training_log = TrainingLog(store.layout)
        self._housekeeping = Housekeeping(store.housekeeper)
        self._decided = 0
        self.status = {"keeps house": False, "decided": 0}

    def step(self) -> None:
        self._log.refresh()
        self._store.registry.roll_forward(self._log)
        if is_ours := self._housekeeping.is_ours():
            self._training_log.catch_up(self._log.entries)
        for candidate_id in self._store.candidates.ids():
            while not self._log.is_decided(candidate_id):
                self._decide(candidate_id)
        self.status = {"keeps house": is_ours, "decided": self._decided}

    def close(self) -> None:
        self._housekeeping.resign()

    def _decide(self, candidate_id: str) -> None:
        manifest = self._store.candidates.manifest(candidate_id)
        now, before = datetime.now(UTC), self._log.registry
        copied = [file for file in manifest.files if file.name != HOLDOUT]
        registry = Registry(
            version=before.version + 1 if before else 1,
            model_name=manifest.model_name,
            metric=manifest.metric,
            metrics=manifest.holdout_metrics,
            digest=manifest.digest,
            candidate_id=candidate_id,
            decision=self._log.next_number,
            promoted_at=now,
            files=tuple(file for file in copied if file.name != REFERENCE),
            previous_version=before.version if before else None,
        )
        decision = Decision(
            number=self._log.next_number,
            previous=self._log.head_sha256,
            candidate_id=candidate_id,
            outcome="promoted",
            checks=(),
            decided_at=now,
            model_name=manifest.model_name,
            metric=manifest.metric,
            scores={},
            registry=registry,
        )
        with self._store.models.staging() as copy:
            for file in copied:
                self._store.candidates.copy(candidate_id, file, copy / file.name)
            try:
                promote(self._store, self._log, decision, copy)
                self._decided += 1
            except DecisionConflictError:
                self._log.refresh()


class Predictor(Service):
    """One worker of a predictor; it verifies models and loads none."""

    def __init__(self, name: str, store: ModelStore) -> None:
        super().__init__(name, 0.1)
        self._store, self._name = store, name
        self._watcher = RegistryWatcher(store.registry)
        self._served: tuple[Registry, datetime] | None = None
        self._beats = 0
        self._next_beat = 0.0
        self.status = {"version": None, "beats": 0}

    def step(self) -> None:
        desired = self._watcher.poll().desired
        if desired is not None and (self._served is None or self._served[0] != desired):
            self._store.models.read(desired.digest)
            self._served = (desired, datetime.now(UTC))
            self._next_beat = 0.0
        served = self._served[0] if self._served else None
        self.status = {"version": served.version if served else None, "beats": self._beats}
        if time.monotonic() >= self._next_beat:
            self._next_beat = time.monotonic() + 1.0
            self._beat(served)

    def close(self) -> None:
        self._store.heartbeats.remove(self._name)

    def _beat(self, served: Registry | None) -> None:
        self._store.heartbeats.write(
            Heartbeat(
                worker=self._name,
                host=self._name,
                pid=1,
                beat_at=datetime.now(UTC),
                heartbeat_seconds=1.0,
                desired_version=served.version if served else None,
                desired_digest=served.digest if served else None,
                serving_version=served.version if served else None,
                serving_digest=served.digest if served else None,
                loaded_at=self._served[1] if self._served else None,
                last_error=None,
            )
        )
        if self._beats % 10 == 0:
            self._store.heartbeats.remove_dead(self._name)
        self._beats += 1


def start(kind: str, name: str, store: str) -> None:
    """Start a gatekeeper or a predictor in a thread."""
    logging.basicConfig(level=logging.INFO)
    opened = open_for_writing(Path(store), CANDIDATES, MODELS, DECISIONS, SERVING)
    service = {"gatekeeper": Gatekeeper, "predictor": Predictor}[kind](name, opened)
    _SERVICES[name] = service
    service.start()


def stop(name: str) -> None:
    """Stop a service in order."""
    _SERVICES.pop(name).stop()


def status(name: str) -> Json:
    """Return the status of a service without touching the store, as its users see it."""
    service = _SERVICES[name]
    return {**service.status, "error": service.error}


def train(store: str, manifest: str, files: dict[str, str], seconds: float = 60) -> Json:
    """Publish a candidate, and wait for its decision and for the workers, as a trainer does."""
    opened = open_for_writing(Path(store), CANDIDATES)
    rollout, log = Rollout(opened.heartbeats), opened.decision_log()
    claims = Manifest.decode(manifest.encode(), Path("manifest.json"))
    mine = claims.model_copy(update={"candidate_id": new_candidate_id(datetime.now(UTC))})
    opened.candidates.publish(mine, {name: bytes.fromhex(data) for name, data in files.items()})
    rollout.note_publication()
    until = time.monotonic() + seconds
    published = time.monotonic()
    decision = wait_for_decision(log, opened.approvals, mine.candidate_id, until, rollout.look)
    if decision is None or decision.registry is None:
        return {"decision": None}
    decided = time.monotonic()
    done = rollout.wait(decision.registry.version, decision.decided_at, until, lambda _: None)
    return {
        "decision": decision.number,
        "version": decision.registry.version,
        "workers": sorted(each.worker for each in done.workers),
        "converged": sorted(each.worker for each in done.converged),
        "silent": sorted(each.worker for each in done.silent),
        "ms": done.convergence_ms,
        "decision seconds": decided - published,
        "rollout seconds": time.monotonic() - decided,
    }


def fsck(store: str) -> list[str]:
    """Return the errors of the store."""
    return [each.message for each in check_store(open_store(Path(store))) if each.kind == "error"]


def keeper(store: str) -> str | None:
    """Return the host that keeps house."""
    found = open_store(Path(store)).housekeeper.read()
    return found.client if found else None


def clock() -> float:
    """Return the time of this host's own clock."""
    return datetime.now(UTC).timestamp()


def set_clock_ahead(seconds: float) -> None:
    """Set the clock of this host's services ahead, where hosts share the clock of one kernel."""

    class Ahead(_RealTime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override] # no caller needs the subclass
            return _RealTime.now(tz) + timedelta(seconds=seconds)

    for module in (sys.modules[__name__], housekeeping):
        module.datetime = Ahead  # type: ignore[attr-defined] # the modules that read the clock


def shell(command: str) -> str:
    """Run a command, and return its output; raise CalledProcessError if it fails."""
    return subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True).stdout


def warm_up() -> None:
    """Import what the services need; that takes seconds."""
