"""A client under steady load that must not notice any fault."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx

from tests.faults.support.client_thread import ClientThread
from tests.faults.support.live_stack import ROWS
from tests.faults.support.services import Service
from tests.support.http import plain_http

PAUSE_SECONDS = 0.02


class SteadyLoad(ClientThread):
    """A client that sends requests to the predictors in turn, except to those under a fault.

    It acts as a load balancer that removes a predictor before it is stopped.
    """

    def __init__(self, predictors: Sequence[Service]) -> None:
        super().__init__()
        self._calm = list(predictors)
        self._lock = threading.Lock()
        self._bodies: dict[int, dict[str, Any]] = {}
        self._newest: dict[str, int] = {}
        self.asked = 0

    @contextmanager
    def sparing(self, service: Service) -> Iterator[None]:
        """Wait for *service*'s current response, then send it none while the block runs."""
        is_asked = service in self._calm
        if is_asked:
            with self._lock:
                self._calm.remove(service)
        yield
        if is_asked:
            with self._lock:
                self._calm.append(service)

    def _run(self) -> None:
        with plain_http.client(timeout=60) as client:
            while not self._stopping.wait(PAUSE_SECONDS):
                with self._lock:
                    self.asked += 1
                    url = self._calm[self.asked % len(self._calm)].url
                    try:
                        self._see(url, client.post(f"{url}/predict", json=ROWS))
                    except httpx.HTTPError as error:
                        self.failures.append(f"{url}: {error!r}")

    def _see(self, url: str, answer: httpx.Response) -> None:
        if answer.status_code != 200:
            self.failures.append(answer.text)
            return
        body, version = answer.json(), int(answer.headers["x-model-version"])
        if body["model_version"] != version or body != self._bodies.setdefault(version, body):
            self.failures.append(f"two answers of version {version}: {body}")
        if version < self._newest.get(url, 0):
            self.failures.append(f"{url} went back to version {version}")
        self._newest[url] = version
