"""The live counts of a store, as a gatekeeper finds them."""

from gatekeeper.live.live_history import LiveHistory
from shared.live.hour import VersionCounts
from shared.live.live_hours import LiveHours
from shared.store.store import ModelStore
from tests.support.processes.wait_until import PATIENCE_SECONDS


class PatientHistory(LiveHistory):
    """A history that one refresh completes, also on a busy machine."""

    def refresh(self, seconds: float = PATIENCE_SECONDS) -> bool:
        """Read what is new."""
        return super().refresh(seconds)


def counts_of(store: ModelStore) -> list[VersionCounts]:
    """Return what all workers counted, for each hour and version."""
    hours = LiveHours(store.layout)
    return [
        counts
        for worker in hours.workers()
        for name in hours.hours(worker)
        for counts in hours.read(worker, name).versions
    ]
