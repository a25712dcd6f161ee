"""Files and directories swapped during verification: the gate uses what it verified."""

import contextlib
import os
import shutil
from pathlib import Path
from random import Random

from gatekeeper.background.poll import Reconciler
from shared.contract.layout import (
    ARTEFACT,
    CANDIDATES,
    GOLDEN,
    HOLDOUT,
    MANIFEST,
    ONNX_MODEL,
    REGISTRY,
)
from shared.errors import StoreError
from shared.store.store import ModelStore
from tests.faults.support.effort import dice, figure
from tests.faults.support.oracle import breaches
from tests.faults.support.record import Record
from tests.support.models.toy import toy_model
from tests.support.processes.forks import fork
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import toy_candidate
from tests.support.stores.gatekeeping import failed_checks, gatekeeper_of

NAME = "swapped files"
SECRET = "a secret of this machine"  # noqa: S105 - not a real secret
NAMES = (MANIFEST, ARTEFACT, GOLDEN, ONNX_MODEL, HOLDOUT)
HONEST = toy_model()
FOREIGN = toy_model(bias=0.25)
"""A good model outside the store, which must not be promoted."""


def write_outside(outside: Path, candidate_id: str) -> None:
    """Write a candidate with the same id outside the store, with foreign or secret files."""
    foreign = toy_candidate(FOREIGN, model_name=SECRET).with_manifest(candidate_id=candidate_id)
    outside.mkdir(exist_ok=True)
    for name, data in {MANIFEST: foreign.manifest.encode(), **foreign.files}.items():
        (outside / name).write_bytes(data)
    (outside / SECRET).write_text(SECRET)


def swap(directory: Path, outside: Path, random: Random) -> None:
    """Swap a candidate or one of its files for another and back, repeatedly."""
    aside = directory.with_name(f".aside-{directory.name}")
    if random.random() < 0.3:
        directory.rename(aside)
        directory.symlink_to(outside)
        directory.unlink()
        aside.rename(directory)
        return
    name = random.choice(NAMES)
    path, honest, other = directory / name, aside / "honest", aside / "other"
    aside.mkdir()
    shutil.copyfile(path, honest)
    match random.randrange(5):
        case 0:
            other.symlink_to(outside / name)
        case 1:
            other.symlink_to(directory.parents[1] / REGISTRY)
        case 2:
            os.link(outside / name, other)
        case 3:
            os.mkfifo(other)
        case _:
            other.write_bytes(honest.read_bytes()[::-1])
    other.replace(path)
    honest.replace(path)
    aside.rmdir()


def decide(gatekeeper: Reconciler, store: ModelStore, candidate_id: str) -> bool:
    """Poll once. Return whether the candidate is decided."""
    with contextlib.suppress(StoreError, OSError):  # the service also tries again
        gatekeeper.poll()
    return store.decision_log().is_decided(candidate_id)


def race(store: ModelStore, gatekeeper: Reconciler, outside: Path, random: Random) -> bool:
    """Decide a candidate while it is swapped. Return whether it is promoted."""
    candidate_id = toy_candidate(HONEST).publish(store)
    directory = store.layout.candidate(candidate_id)
    write_outside(outside, candidate_id)
    swaps = random.randrange(60)

    def swap_often() -> None:
        for _ in range(swaps):
            swap(directory, outside, random)

    swapper = fork(swap_often)
    wait_for(lambda: decide(gatekeeper, store, candidate_id), "a decision")
    assert swapper.wait() == 0
    decision = store.decision_log().decision_on(candidate_id)
    assert decision is not None
    if decision.registry is None:
        assert failed_checks(store, candidate_id)
    else:
        assert decision.registry.digest == HONEST.digest
    shutil.rmtree(directory)
    return decision.outcome == "promoted"


def test_swapped_files_are_never_used(store: ModelStore, record: Record, tmp_path: Path) -> None:
    gatekeeper, random = gatekeeper_of(store), dice()
    least, count, promoted = figure(quick=30, full=1000), 0, 0
    # On a busy machine most swaps come too early or too late to mean anything.
    while count < least or not 0 < promoted < count:
        promoted += race(store, gatekeeper, tmp_path / "outside", random)
        count += 1
        assert count < 20 * least, f"{promoted} of {count} candidates are promoted"
    assert store.models.digests() == [HONEST.digest]
    store.models.read(HONEST.digest)
    for path in store.layout.root.rglob("*"):
        if path.is_file() and CANDIDATES not in path.parts:
            assert SECRET.encode() not in path.read_bytes(), path
    assert not list(breaches(store))
    record.add(NAME, "races", count)
    record.add(NAME, "promoted all the same", promoted)
