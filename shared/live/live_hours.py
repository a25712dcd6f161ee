"""live/: what each worker counted in each hour. Owner: the predictor."""

from shared.contract.layout import (
    WORKER,
    StoreLayout,
    live_hour_name,
    parse_live_hour_name,
)
from shared.errors import DocumentError
from shared.live.hour import MAX_HOUR_BYTES, LiveHour
from shared.store.durable_write import make_directory, replace_file
from shared.store.verified_read import list_names, read_document


class LiveHours:
    """The counts in a store, for any thread."""

    def __init__(self, layout: StoreLayout) -> None:
        self._layout = layout

    def write(self, hour: LiveHour, *, durable: bool = False) -> None:
        """Replace what one worker counted in one hour.

        Without *durable* nothing is fsynced. The worker writes again with its next heartbeat, and
        an fsync of each would cost the disk more than all requests. After a loss of power the file
        may be invalid, and readers leave it out. Raises StoreWriteError.
        """
        path = self._layout.live_hour(hour.worker, live_hour_name(hour.hour))
        make_directory(path.parent)
        replace_file(path, hour.encode(), durable=durable)

    def workers(self) -> list[str]:
        """Return the names of the workers with counts, in ascending order.

        Raises OSError, or UnsafeFileError if the path contains a link.
        """
        return sorted(filter(WORKER.fullmatch, self._list()))

    def hours(self, worker: str) -> list[str]:
        """Return the names of the hours of *worker*, such as `20260131T11`, in ascending order.

        Raises OSError, or UnsafeFileError if the path contains a link.
        """
        return sorted(name.partition(".")[0] for name in self._list(worker) if is_hour_file(name))

    def read(self, worker: str, hour: str) -> LiveHour:
        """Read what *worker* counted in *hour*, such as `20260131T11`.

        Raises:
            FileNotFoundError: The worker has no counts of this hour.
            UnsafeFileError: The path leads through a link, or to something that is not a file.
            DocumentError: The document is invalid, or is that of another worker or hour.
        """
        path = self._layout.live_hour(worker, hour)
        found = LiveHour.decode(read_document(path, max_bytes=MAX_HOUR_BYTES), path)
        if found.worker != worker or found.hour != parse_live_hour_name(path.name):
            raise DocumentError(f"{path} has the counts of {found.worker} from {found.hour}.")
        return found

    def _list(self, worker: str = "") -> list[str]:
        try:
            return list_names(self._layout.live / worker)
        except FileNotFoundError:
            return []


def is_hour_file(name: str) -> bool:
    """Return whether *name* is that of an hour's file."""
    return parse_live_hour_name(name) is not None
