"""Any order of publications, polls, labels, probations, crashes, rollbacks and full disks."""

import contextlib
import os
import resource
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gatekeeper.background.poll import Reconciler
from gatekeeper.decisions.rollback import roll_back
from gatekeeper.feedback.feedback import Feedback
from gatekeeper.feedback.received_label import ReceivedLabel
from gatekeeper.probation.on_probation import find_probation
from shared.contract.layout import CANDIDATES, DECISIONS, MODELS, ONNX_MODEL
from shared.errors import AlreadyInProductionError, ModelPrunedError, StoreError
from shared.maintenance.store_checker import check_store
from shared.prediction_log.newest_labels import read_newest_labels
from shared.store.store import ModelStore, open_for_writing
from tests.faults.support.effort import figure
from tests.faults.support.record import Record
from tests.support.models.toy import toy_model
from tests.support.stores.builders import toy_candidate
from tests.support.stores.gatekeeping import gatekeeper_of
from tests.support.stores.probations import answer, look

CHANGES = ("link", "rename", "unlink", "mkdir", "rmdir", "fsync", "write", "fchmod")
KEPT = 2
BIASES = st.sampled_from([0.0, 0.5, 1.0, 1.5])
GATEKEEPERS = st.sampled_from([0, 1])
LABELS = st.lists(
    st.builds(ReceivedLabel, st.sampled_from("abc"), st.integers(min_value=0, max_value=3)),
    min_size=1,
    max_size=3,
)


class Killed(BaseException):
    """The simulated end of a process, which skips its clean-up."""


@contextlib.contextmanager
def killed_before_change(number: int) -> Iterator[None]:
    """End the block before the given change of the file system."""
    left = number
    real = {name: getattr(os, name) for name in CHANGES}

    def dying(name: str) -> Any:
        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise Killed
            return real[name](*arguments, **options)

        return call

    for name in CHANGES:
        setattr(os, name, dying(name))
    try:
        with contextlib.suppress(Killed):
            yield
    finally:
        for name in CHANGES:
            setattr(os, name, real[name])


@contextlib.contextmanager
def no_room() -> Iterator[None]:
    """Let this process write only files of up to 200 bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class StoreMachine(RuleBasedStateMachine):
    """One store and two gatekeepers. The invariants hold after every step."""

    programs = looks = rollbacks = 0
    """Numbers of machines, of invariant checks (one is before the first step), and of rollbacks."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp())
        self.store = open_for_writing(self.directory / "store", CANDIDATES, MODELS, DECISIONS)
        self.gatekeepers = [self.started(), self.started()]
        self.feedback = [Feedback(self.store.layout), Feedback(self.store.layout)]
        self.labels = dict.fromkeys("abc", frozenset[int | None]([None]))
        """The labels that each id may have: the acknowledged one, and those of killed requests."""
        self.seen = 0
        StoreMachine.programs += 1

    def started(self) -> Reconciler:
        return gatekeeper_of(self.store, keep_models=KEPT)

    @property
    def version(self) -> int:
        registry = self.store.registry.read()
        return registry.version if registry else 0

    @rule(bias=BIASES)
    def publish_a_good_one(self, bias: float) -> None:
        toy_candidate(toy_model(bias=bias)).publish(self.store)

    @rule()
    def publish_a_weak_one(self) -> None:
        toy_candidate(toy_model((-1.0, -1.0)), correct=2).publish(self.store)

    @rule()
    def publish_one_with_a_false_claim(self) -> None:
        toy_candidate(correct=5, claimed=1.0).publish(self.store)

    @rule()
    def publish_a_damaged_one(self) -> None:
        candidate_id = toy_candidate().publish(self.store)
        (self.store.layout.candidate(candidate_id) / ONNX_MODEL).write_bytes(b"half")

    @rule(which=GATEKEEPERS)
    def poll(self, which: int) -> None:
        self.gatekeepers[which].poll()
        log = self.store.decision_log()
        assert all(log.is_decided(candidate) for candidate in self.store.candidates.ids())
        assert self.store.registry.read() == log.registry
        assert len(self.store.models.digests()) <= KEPT + 1  # the replaced model is pruned next

    @rule(which=GATEKEEPERS, change=st.integers(min_value=0, max_value=60))
    def kill_one_in_the_middle_of_a_poll(self, which: int, change: int) -> None:
        with killed_before_change(change):
            self.gatekeepers[which].poll()
        self.gatekeepers[which] = self.started()

    @rule(which=GATEKEEPERS)
    def restart(self, which: int) -> None:
        self.gatekeepers[which] = self.started()
        self.restart_feedback(which)

    def restart_feedback(self, which: int) -> None:
        self.feedback[which].close()
        self.feedback[which] = Feedback(self.store.layout)

    @rule(which=GATEKEEPERS, labels=LABELS)
    def send_labels(self, which: int, labels: list[ReceivedLabel]) -> None:
        counts = self.feedback[which].receive(labels)
        assert counts.received == len(labels)
        for label in labels:
            assert isinstance(label.value, int)
            self.labels[label.id] = frozenset([label.value])

    @rule(which=GATEKEEPERS, labels=LABELS, change=st.integers(min_value=0, max_value=8))
    def kill_one_that_receives_labels(
        self, which: int, labels: list[ReceivedLabel], change: int
    ) -> None:
        done = False
        with killed_before_change(change):
            self.feedback[which].receive(labels)
            done = True
        self.restart_feedback(which)
        last = {label.id: label.value for label in labels}
        for name, value in last.items():
            assert isinstance(value, int)
            self.labels[name] = frozenset([value]) | (frozenset() if done else self.labels[name])

    @rule(which=GATEKEEPERS, labels=LABELS)
    def send_labels_on_a_full_disk(self, which: int, labels: list[ReceivedLabel]) -> None:
        before = read_newest_labels(self.store.layout)
        with no_room():
            try:
                self.feedback[which].receive(labels)
            except StoreError:
                assert read_newest_labels(self.store.layout) == before
                return
        for label in labels:
            assert isinstance(label.value, int)
            self.labels[label.id] = frozenset([label.value])

    @rule(which=GATEKEEPERS)
    def poll_on_a_full_disk(self, which: int) -> None:
        decided = len(self.store.decision_log().entries)
        with no_room(), contextlib.suppress(StoreError, OSError):
            self.gatekeepers[which].poll()
        assert len(self.store.decision_log().entries) == decided

    @precondition(lambda self: self.version > 1)
    @rule(data=st.data())
    def roll_back(self, data: st.DataObject) -> None:
        wanted = data.draw(st.integers(min_value=1, max_value=self.version))
        with contextlib.suppress(AlreadyInProductionError, ModelPrunedError):
            decision = roll_back(self.store, wanted)
            assert self.store.registry.read() == decision.registry

    @rule(change=st.integers(min_value=0, max_value=16))
    def fail_on_probation(self, change: int) -> None:
        """Let the version in production fail; the gatekeeper that sees it may be killed."""
        found = find_probation(self.store.decision_log().decisions())
        if found is None:
            return
        worker = f"host-{found.version}-5f0c9a3e"
        answer(self.store, found.registry, requests=100, failed=50, worker=worker)
        before = len(self.store.decision_log().entries)
        with killed_before_change(change), contextlib.suppress(ModelPrunedError):
            look(ModelStore(self.store.layout.root))
        added = [each.decision for each in self.store.decision_log().entries[before:]]
        assert [each.outcome for each in added] in ([], ["rolled_back"])
        for each in added:
            assert each.registry is not None
            assert each.registry.digest == found.predecessor.digest
            StoreMachine.rollbacks += 1

    @invariant()
    def a_model_that_failed_comes_back_only_by_a_person(self) -> None:
        failed = set[str]()
        for decision in (entry.decision for entry in self.store.decision_log().entries):
            if decision.outcome == "rolled_back" and decision.failed:
                failed.add(decision.failed[0].observed["digest"])
            elif decision.outcome == "rolled_back" and decision.registry is not None:
                failed.discard(decision.registry.digest)
            elif decision.registry is not None:
                assert decision.registry.digest not in failed

    @invariant()
    def the_store_is_whole(self) -> None:
        StoreMachine.looks += 1
        undecided = f"{self.store.layout.candidates}{os.sep}"
        errors = [f.message for f in check_store(self.store) if f.kind == "error"]
        assert not [error for error in errors if undecided not in error], errors

    @invariant()
    def the_last_acknowledged_label_is_the_label(self) -> None:
        found = read_newest_labels(self.store.layout)
        for name, possible in self.labels.items():
            assert found.get(name) in possible

    @invariant()
    def what_is_in_production_is_complete_and_never_older(self) -> None:
        registry = self.store.registry.read()
        if registry is not None:
            assert self.store.models.read(registry.digest).files == registry.files
        assert self.version >= self.seen
        self.seen = self.version

    def teardown(self) -> None:
        for feedback in self.feedback:
            feedback.close()
        shutil.rmtree(self.directory)


@pytest.fixture(scope="module", autouse=True)
def counted(record: Record) -> Iterator[None]:
    """Add programs and steps to the record. No power is lost here, so `os.fsync` may return."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _descriptor: None)
        yield
    record.add("state machine", "programs", StoreMachine.programs)
    record.add("state machine", "steps", StoreMachine.looks - StoreMachine.programs)
    record.add("state machine", "failed probations", StoreMachine.rollbacks)
    assert StoreMachine.rollbacks, "no probation has failed"


# One test runs thousands of steps, so it may take longer than others.
TestStoreMachine = pytest.mark.timeout(3600)(StoreMachine.TestCase)
TestStoreMachine.settings = settings(
    max_examples=figure(quick=25, full=1000),
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
)
