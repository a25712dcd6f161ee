"""Candidates with flipped bits, missing bytes, or mutated models under correct hashes.

Each is refused with its reason, or decided as the good one if the byte has no effect. Nothing
torn is promoted, and later candidates are decided.
"""

import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from threading import Event
from types import ModuleType

import pytest
from sklearn.ensemble import RandomForestClassifier

from gatekeeper.background.poll import Reconciler
from gatekeeper.evaluation.process_evaluator import ProcessEvaluator
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.documents import Decision, Manifest
from shared.contract.layout import MANIFEST, ONNX_MODEL
from shared.store.candidates import new_candidate_id
from shared.store.decision_log import DecisionLog
from shared.store.store import ModelStore
from tests.faults.support.effort import dice, figure
from tests.faults.support.record import Record
from tests.integration.bad_candidates import (
    test_bad_artefacts,
    test_bad_features,
    test_bad_files,
    test_bad_holdouts,
    test_bad_manifests,
    test_bad_models,
)
from tests.integration.bad_candidates.test_sandboxed_models import job_for, running
from tests.support.models.toy import toy_model
from tests.support.processes.wait_until import wait_for
from tests.support.stores.gatekeeping import (
    failed_checks,
    gatekeeper_of,
    outcomes,
)
from tests.support.stores.trained import trained
from tests.support.tables.tables import two_blobs

NAME = "bad candidates"
CLASSES = (
    test_bad_files,
    test_bad_manifests,
    test_bad_artefacts,
    test_bad_models,
    test_bad_holdouts,
    test_bad_features,
)
FLIPS, TRUNCATIONS, MUTANTS = 256, 16, 256
Damage = Callable[[bytes], bytes]


def classes_of(module: ModuleType) -> int:
    """Count the kinds of bad candidates in a module's tests."""
    tests = [test for name, test in vars(module).items() if name.startswith("test_")]
    tables = [
        [
            len(mark.args[1])
            for mark in getattr(test, "pytestmark", ())
            if mark.name == "parametrize"
        ]
        for test in tests
    ]
    return sum(max(lengths, default=1) for lengths in tables)


def test_all_known_classes_are_tried(record: Record) -> None:
    found = sum(map(classes_of, CLASSES))
    assert found >= 60
    record.add(NAME, "classes", found)


@dataclass
class Line:
    """A gatekeeper with the good candidate's model in production."""

    store: ModelStore
    gatekeeper: Reconciler
    log: DecisionLog
    good: dict[str, bytes]
    candidate_id: str
    first: Decision
    """Decision on the good candidate when its model is already in production."""

    def decide(self, files: dict[str, bytes]) -> tuple[str, Decision]:
        """Publish *files*, complete or not, and poll."""
        candidate_id = new_candidate_id(datetime.now(UTC))
        directory = self.store.layout.candidate(candidate_id)
        directory.mkdir()
        own, found = self.candidate_id.encode(), candidate_id.encode()
        for name, data in files.items():
            (directory / name).write_bytes(data.replace(own, found) if name == MANIFEST else data)
        self.gatekeeper.poll()
        self.log.refresh()
        decision = self.log.decision_on(candidate_id)
        assert decision is not None, "the queue does not go on"
        shutil.rmtree(directory)
        return candidate_id, decision


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Line:
    store = ModelStore(tmp_path_factory.mktemp("line") / "store")
    estimator = RandomForestClassifier(n_estimators=3, max_depth=3, random_state=0)
    candidate_id = trained(store, two_blobs(60), estimator)
    directory = store.layout.candidate(candidate_id)
    manifest = store.candidates.manifest(candidate_id)
    files = {file.name: (directory / file.name).read_bytes() for file in manifest.files}
    files[MANIFEST] = (directory / MANIFEST).read_bytes()
    gatekeeper = gatekeeper_of(store, GatePolicy(metric="accuracy", allow_joblib=True))
    gatekeeper.poll()
    assert outcomes(store) == ["promoted"], failed_checks(store, candidate_id)
    log = store.decision_log()
    found = Line(store, gatekeeper, log, files, candidate_id, log.entries[0].decision)
    _, found.first = found.decide(files)
    assert found.first.outcome == "promoted"
    return found


def flipped(bit: int) -> Damage:
    def act(data: bytes) -> bytes:
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        return bytes(damaged)

    return act


def cut(length: int) -> Damage:
    return lambda data: data[:length]


FILES = 10
"""Number of files of the trainer's candidate, which also has a pickle."""


@pytest.mark.parametrize("place", range(FILES))
@pytest.mark.parametrize(("kind", "most"), [("bit flips", FLIPS), ("truncations", TRUNCATIONS)])
def test_damage_anywhere_is_refused_or_decides_nothing(
    line: Line, record: Record, place: int, kind: str, most: int
) -> None:
    assert len(line.good) == FILES
    name = sorted(line.good)[place]
    size = len(line.good[name])
    everywhere = range(8 * size) if kind == "bit flips" else range(size)
    count = min(figure(quick=most // 8, full=most), len(everywhere))
    for point in dice().sample(everywhere, count):
        damage = flipped(point) if kind == "bit flips" else cut(point)
        examine(line, name, damage, f"{name}, {kind} at {point}")
    record.add(NAME, kind, count)


def examine(line: Line, name: str, damage: Damage, where: str) -> None:
    """Decide the candidate with one damaged file and check all consequences."""
    before = line.store.layout.registry.read_bytes()
    files = {**line.good, name: damage(line.good[name])}
    _, decision = line.decide(files)
    assert decision.outcome in {"promoted", "refused"}, where
    if decision.outcome == "refused":
        assert line.store.layout.registry.read_bytes() == before, where
        assert all(check.message for check in decision.failed), where
        if name != MANIFEST:
            assert [check.name for check in decision.failed] == ["bytes-match"], where
    else:
        assert name == MANIFEST, f"{where} was not noticed"
        assert what_decides(files[MANIFEST]) == what_decides(line.good[MANIFEST]), where
        assert decision.registry is not None
        assert decision.registry.digest == registry_digest(line.first), where
        assert decision.scores["challenger"] == line.first.scores["challenger"], where
    assert line.store.models.digests() == [registry_digest(line.first)], where
    line.store.models.read(registry_digest(line.first))


def what_decides(manifest: bytes) -> object:
    """Return the fields of a manifest that the gate uses, without claims that it computes again."""
    document = Manifest.decode(manifest, MANIFEST)
    return document.digest, document.metric, document.files


def registry_digest(decision: Decision) -> str:
    assert decision.registry is not None
    return decision.registry.digest


def mutated(data: bytes, random: Random) -> bytes:
    """Mutate bytes: change values or lengths, repeat or remove parts."""
    changed = bytearray(data)
    for _ in range(random.randint(1, 4)):
        start = random.randrange(len(changed))
        end = start + random.randint(1, 16)
        match random.randrange(5):
            case 0:
                changed[start] ^= 1 << random.randrange(8)
            case 1:
                changed[start] = random.choice((0x00, 0x01, 0x7F, 0x80, 0xFF))
            case 2:
                changed[start:end] = b"\xff" * (end - start)
            case 3:
                del changed[start:end]
            case _:
                changed[start:start] = changed[start:end]
    return bytes(changed)


def test_mutated_models_stay_in_their_process(line: Line, record: Record, tmp_path: Path) -> None:
    """Their descriptors are correct, so onnxruntime's parser reads every byte."""
    forest = line.good[ONNX_MODEL]
    honest = toy_model().files[ONNX_MODEL]
    random = dice()
    count = figure(quick=8, full=MUTANTS)
    models = [mutated((forest, honest)[number % 2], random) for number in range(count)]
    jobs = [
        job_for(tmp_path / f"{number}", toy_model(onnx_bytes=model), seconds=10.0)
        for number, model in enumerate(models)
    ]
    with closing(ProcessEvaluator(Event())) as evaluator:
        found = [
            each
            for start in range(0, count, 2)
            for each in evaluator.evaluate(jobs[start : start + 2])
        ]
    for number, evaluation in enumerate(found):
        said = evaluation.errors
        assert said or evaluation.score is not None, number
        assert all(said.values()), number
        if "golden-rows-reproduced" not in said and evaluation.score is not None:
            assert number % 2, "a forest has answered as the toy model does"
    assert any("golden-rows-reproduced" in evaluation.errors for evaluation in found)
    wait_for(lambda: not running(str(tmp_path)), "the end of all scoring processes")
    record.add(NAME, "mutated models", count)
