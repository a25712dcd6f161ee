"""The suite finds planted defects, each by the test that exists for it.

A mutation lives only in the interrupted process, or until the test ends.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared.store.store import ModelStore
from tests.faults.support import mutants
from tests.faults.support.loop_disk import LOG_FLUSHED, NOTHING_FLUSHED
from tests.faults.support.power_loss import PowerCase
from tests.faults.support.record import Record
from tests.faults.support.scenes import SCENES
from tests.faults.support.sweeps import (
    MEANWHILE,
    Breach,
    Mutation,
    failed_at,
    frozen_at,
    killed_at,
    prepared,
)
from tests.faults.support.worker_hunts import hunt_lies, hunt_steps_back

pytestmark = pytest.mark.usefixtures("strace", "loop_devices")

Hunt = Callable[[str, Mutation, Path], Iterator[Breach]]
BY_NAME = {scene.name: scene for scene in SCENES}


def killing(scene: str, mutation: Mutation, directory: Path) -> Iterator[Breach]:
    case = prepared(BY_NAME[scene], directory, mutation)
    for point in case.changes:
        yield from killed_at(case, point, directory)


def failing(scene: str, mutation: Mutation, directory: Path) -> Iterator[Breach]:
    case = prepared(BY_NAME[scene], directory, mutation)
    for point in case.changes:
        yield from failed_at(case, point, "ENOSPC", directory, sticky=False)


def freezing(scene: str, mutation: Mutation, directory: Path) -> Iterator[Breach]:
    case = prepared(BY_NAME[scene], directory, mutation)
    for point in reversed(case.steps):  # most defects show at the end of a scene
        for others in MEANWHILE:
            yield from frozen_at(case, point, others, directory)


def cutting_power(scene: str, mutation: Mutation, directory: Path) -> Iterator[Breach]:
    case = PowerCase(BY_NAME[scene], directory, mutation)
    for point in [*case.case.changes, None]:
        for flag in (LOG_FLUSHED, NOTHING_FLUSHED):
            yield from case.cut_at(point, flag)


CAUGHT: list[tuple[Mutation, Hunt, str, str]] = [
    (mutants.no_file_fsync, cutting_power, "the first promotion", "damaged"),
    (mutants.no_directory_fsync, cutting_power, "a rollback", "lost"),
    (mutants.registry_written_in_place, killing, "a rollback", "damaged"),
    (mutants.manifest_before_payload, killing, "a candidate is published where old ones make room",
     "damaged"),
    (mutants.lock_instead_of_exclusive_create, freezing, "the first promotion", "damaged"),
    (mutants.rename_before_the_copy_ended, killing, "the first promotion", "damaged"),
    (mutants.asked_before_it_was_hidden, freezing, "a promotion that prunes", "damaged"),
    (mutants.failed_write_taken_for_done, failing, "a rollback", "lost"),
]  # fmt: skip
"""Defect, check that finds it, scene, and part of the finding."""


@pytest.mark.parametrize(
    ("mutation", "hunt", "scene", "kind"), CAUGHT, ids=[case[0].__name__ for case in CAUGHT]
)
def test_a_planted_defect_of_a_writer_is_caught(
    mutation: Mutation, hunt: Hunt, scene: str, kind: str, tmp_path: Path, record: Record
) -> None:
    found = next((b for b in hunt(scene, mutation, tmp_path) if b.what.startswith(kind)), None)
    assert found is not None, f"nothing {kind} was found"
    record.add("mutants", "caught", 1)


WORKERS: list[tuple[Callable[[mutants.SetAttribute], None], Callable[..., Iterator[str]]]] = [
    (mutants.golden_rows_skipped, hunt_lies),
    (mutants.older_registry_adopted, hunt_steps_back),
]


@pytest.mark.parametrize(("mutation", "hunt"), WORKERS, ids=[m.__name__ for m, _ in WORKERS])
def test_a_planted_defect_of_a_worker_is_caught(
    mutation: Callable[[mutants.SetAttribute], None],
    hunt: Callable[[ModelStore], Iterator[str]],
    store: ModelStore,
    monkeypatch: pytest.MonkeyPatch,
    record: Record,
) -> None:
    with monkeypatch.context() as patch:
        mutation(patch.setattr)
        assert [*hunt(store)], "with the defect it is found"
    record.add("mutants", "caught", 1)


@pytest.mark.parametrize("hunt", [hunt_lies, hunt_steps_back])
def test_a_worker_proves_its_model_and_never_adopts_an_older_version(
    hunt: Callable[[ModelStore], Iterator[str]], store: ModelStore
) -> None:
    assert [*hunt(store)] == []
