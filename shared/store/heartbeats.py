"""serving/: the version that each predictor worker wants and serves. Owner: the predictor."""

from datetime import datetime, timedelta

from shared.contract.heartbeat import Heartbeat
from shared.contract.layout import WORKER, StoreLayout
from shared.errors import StoreError
from shared.store.candidates import remove_leftovers
from shared.store.durable_write import make_directory, replace_file
from shared.store.verified_read import read_document

MISSED_BEATS = 5
"""The worker of a heartbeat older than this many of its intervals counts as gone."""
_MAX_BYTES = 64 << 10
_LEFTOVER_SECONDS = 60.0
"""The age of an abandoned temporary file: writing a heartbeat takes milliseconds."""
_SUFFIX = ".json"


class Heartbeats:
    """The heartbeats in a store."""

    def __init__(self, layout: StoreLayout) -> None:
        self._layout = layout

    def write(self, heartbeat: Heartbeat) -> None:
        """Replace one worker's heartbeat, without fsync: it is worthless after a crash."""
        make_directory(self._layout.serving)
        path = self._layout.heartbeat(heartbeat.worker)
        replace_file(path, heartbeat.encode(), durable=False)

    def remove(self, worker: str) -> None:
        """Delete one worker's heartbeat."""
        self._layout.heartbeat(worker).unlink(missing_ok=True)

    def all(self) -> list[Heartbeat]:
        """Return every readable heartbeat, of live and of dead workers."""
        heartbeats = []
        for worker in self._workers():
            path = self._layout.heartbeat(worker)
            try:
                heartbeats.append(Heartbeat.decode(read_document(path, max_bytes=_MAX_BYTES), path))
            except (FileNotFoundError, StoreError):
                continue
        return heartbeats

    def live(self, now: datetime) -> list[Heartbeat]:
        """Return the heartbeats of the workers that are alive at *now*."""
        return [heartbeat for heartbeat in self.all() if is_live(heartbeat, now)]

    def remove_dead(self, now: datetime) -> None:
        """Delete the heartbeats and temporary files of dead workers."""
        for heartbeat in self.all():
            if not is_live(heartbeat, now):
                self.remove(heartbeat.worker)
        remove_leftovers(self._layout.serving, _LEFTOVER_SECONDS)

    def _workers(self) -> list[str]:
        if not self._layout.serving.is_dir():
            return []
        names = sorted(p.name for p in self._layout.serving.iterdir() if p.suffix == _SUFFIX)
        return [stem for name in names if WORKER.fullmatch(stem := name.removesuffix(_SUFFIX))]


def is_live(heartbeat: Heartbeat, now: datetime) -> bool:
    """Say whether the worker wrote this heartbeat within its last five intervals."""
    allowed = timedelta(seconds=MISSED_BEATS * heartbeat.heartbeat_seconds)
    return now - heartbeat.beat_at <= allowed
