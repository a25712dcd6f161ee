"""A segment and its keeper, which works when a test says so."""

import os
from pathlib import Path

from predictor.prediction_log.current_segment import CurrentSegment
from predictor.prediction_log.log_keeper import PRUNE_SECONDS, LogKeeper
from shared.store.store import ModelStore
from tests.unit.predictor.prediction_log.logging_rows import WORKER, Clock

OTHER = "host-2-00000000"


class Keeping:
    """A segment and its keeper, on one clock."""

    def __init__(self, store: ModelStore, days: int = 7, max_bytes: int = 1 << 30) -> None:
        self.layout = store.layout
        self.clock = Clock()
        self.segment = CurrentSegment(store.layout, WORKER, self.clock)
        self.keeper = LogKeeper(
            store.layout,
            WORKER,
            self.segment,
            days=days,
            max_bytes=max_bytes,
            clock=self.clock,
        )

    def keep(self, seconds: float = PRUNE_SECONDS) -> None:
        """Let the keeper work after this time."""
        self.clock.now += seconds
        self.keeper.work()

    def names(self, worker: str = WORKER) -> list[str]:
        return sorted(os.listdir(self.layout.predictions / worker))

    def leave(self, name: str, content: bytes, age: float = 60.0) -> Path:
        """Leave a file of another worker, last changed *age* seconds ago."""
        directory = self.layout.predictions / OTHER
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / name
        path.write_bytes(content)
        now = path.stat().st_mtime
        os.utime(path, (now - age, now - age))
        return path
