"""A client in a thread of its own, which sends requests while a block runs."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager


class ClientThread(ABC):
    """A client under load. `_run` sends requests until `_stopping` is set."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.failures: list[str] = []

    @contextmanager
    def running(self) -> Iterator[None]:
        """Send requests while the block runs."""
        self._thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            self._thread.join()

    @abstractmethod
    def _run(self) -> None:
        """Send requests, and note each failure."""
