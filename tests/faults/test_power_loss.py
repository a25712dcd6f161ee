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
    points = sampled(case.case.changes, quick=4)
    cuts = [(point, flag) for point in (*points, None) for flag in (LOG_FLUSHED, NOTHING_FLUSHED)]
    found = [breach for point, flag in cuts for breach in case.cut_at(point, flag)]
    record.add("power loss", "points", len(points) + 1)
    record.add("power loss", "cuts", len(cuts))
    assert not found, "\n".join(map(str, found))
