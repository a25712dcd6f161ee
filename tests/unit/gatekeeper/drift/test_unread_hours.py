"""The hours that no page has read are read between two looks for drift."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from gatekeeper.drift.comparison import DriftLimits
from gatekeeper.drift.drift_check import DriftCheck
from gatekeeper.live.live_history import LiveHistory
from shared.store.store import ModelStore
from tests.support.models.mixed import mixed_model
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import promote
from tests.support.stores.live_hours import Traffic, reference_of, write_hours

NOW = datetime(2026, 1, 31, 12, 30, tzinfo=UTC)


def test_hours_that_were_not_read_are_read_between_two_looks(tmp_path: Path) -> None:
    """Count 60 hours, and read only one of them until the first look is over."""
    store, model, hours = ModelStore(tmp_path), mixed_model(), 60
    registry = promote(store, model)
    history = LiveHistory(store.layout, clock=lambda: NOW)
    check = DriftCheck(store, history, DriftLimits(), lambda: NOW, lambda: 0.0)
    check.look(registry)
    traffic = Traffic.of(registry, reference_of(model.artefact))
    write_hours(store, [traffic], hours=hours, until=NOW - timedelta(hours=3))
    assert not history.refresh(seconds=0)

    def has_read() -> bool:
        check.look(registry)  # the time of the next look never comes
        return history.is_complete

    wait_for(has_read, "all hours")
    assert len(history.hours(NOW - timedelta(days=30), NOW)) == hours
