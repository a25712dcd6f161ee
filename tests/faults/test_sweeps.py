"""Every scene is killed, frozen, or given a failing disk at each of its changes.

strace lists the system calls by which a scene changes the store. Then the scene runs on a copy once
for each call, with a fault there. SQLite tests in the same way (sqlite.org/testing.html): each
fault once, then from there on.
"""

from pathlib import Path

import pytest

from tests.faults.support.effort import sampled
from tests.faults.support.record import Record
from tests.faults.support.scenes import SCENES, Scene
from tests.faults.support.sweeps import MEANWHILE, failed_at, frozen_at, killed_at, prepared

pytestmark = pytest.mark.usefixtures("strace")
ERRORS = ("ENOSPC", "EIO", "EDQUOT")
every_scene = pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)


@every_scene
def test_a_scene_killed_before_any_change_leaves_a_whole_store_and_recovers(
    scene: Scene, tmp_path: Path, record: Record
) -> None:
    case = prepared(scene, tmp_path)
    points = sampled(case.changes, quick=8)
    found = [breach for point in points for breach in killed_at(case, point, tmp_path)]
    record.add("kill sweep", "points", len(points))
    record.add("kill sweep", "states", 2 * len(points))
    assert not found, "\n".join(map(str, found))


@every_scene
def test_an_error_of_the_disk_at_any_change_loses_nothing_and_a_retry_works(
    scene: Scene, tmp_path: Path, record: Record
) -> None:
    case = prepared(scene, tmp_path)
    every = [(p, error, once) for p in case.changes for error in ERRORS for once in (True, False)]
    runs = sampled(every, quick=8)
    found = [
        breach
        for point, error, once in runs
        for breach in failed_at(case, point, error, tmp_path, sticky=not once)
    ]
    record.add("I/O errors", "runs", len(runs))
    assert not found, "\n".join(map(str, found))


@every_scene
def test_a_scene_frozen_after_any_step_destroys_nothing_when_others_decide(
    scene: Scene, tmp_path: Path, record: Record
) -> None:
    case = prepared(scene, tmp_path)
    runs = sampled([(step, others) for step in case.steps for others in MEANWHILE], quick=4)
    found = [b for point, others in runs for b in frozen_at(case, point, others, tmp_path)]
    record.add("freeze sweep", "stages", len(runs))
    assert not found, "\n".join(map(str, found))
