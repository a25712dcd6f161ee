"""The ids that a worker makes for rows."""

import secrets
import threading

_PREFIX_BYTES = 8


class RowIds:
    """Makes ids that no other row has, for any thread.

    Make it in the process that uses it: the ids of two workers differ by a random prefix.
    """

    def __init__(self) -> None:
        self.prefix = f"{secrets.token_hex(_PREFIX_BYTES)}-"
        """The beginning of all these ids; a number follows it."""
        self._next = 1
        self._lock = threading.Lock()

    def take(self, count: int) -> range:
        """Return the numbers of *count* new ids."""
        with self._lock:
            first = self._next
            self._next += count
        return range(first, first + count)

    def make(self, count: int) -> list[str]:
        """Return *count* new ids."""
        return [f"{self.prefix}{number}" for number in self.take(count)]
