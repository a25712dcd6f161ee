"""After a power failure before any change, acknowledged data is on the disk and nothing is torn."""

from pathlib import Path

import pytest

from tests.faults.support.effort import sampled
from tests.faults.support.loop_disk import LOG_FLUSHED, NOTHING_FLUSHED
from tests.faults.support.power_loss import PowerCase
from tests.faults.support.record import Record
from tests.faults.support.scenes import SCENES, Scene

pytestmark = pytest.mark.usefixtures("strace", "loop_devices")


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_promised_states_survive_a_power_failure(
    scene: Scene, tmp_path: Path, record: Record
) -> None:
    case = PowerCase(scene, tmp_path)
    points = [*case.case.changes, None]
    every = [(point, flag) for point in points for flag in (LOG_FLUSHED, NOTHING_FLUSHED)]
    cuts = sampled(every, quick=4)
    found = [breach for point, flag in cuts for breach in case.cut_at(point, flag)]
    record.add("power loss", "points", len({point for point, _ in cuts}))
    record.add("power loss", "cuts", len(cuts))
    assert not found, "\n".join(map(str, found))
