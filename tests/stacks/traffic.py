"""Clients that send requests all the time."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx

from tests.stacks.worker_versions import find_agreed_version
from tests.support.http import plain_http
from tests.support.http.metrics_page import scrape
from tests.support.processes.wait_until import wait_for

PAUSE_SECONDS = 0.03
"""Seconds between two requests of a client: without them, the load takes a whole processor."""


@dataclass
class Traffic:
    """The responses that the clients received from the predictor at *url*."""

    url: str
    asked: int = 0
    failures: list[str] = field(default_factory=list)
    answers: dict[int, set[str]] = field(default_factory=dict)
    """Distinct responses of each version, without the version's number."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, response: httpx.Response) -> None:
        """Check that a response is complete and comes from one version."""
        with self.lock:
            self.asked += 1
            if response.status_code != 200:
                self.failures.append(f"{response.status_code} {response.text}")
                return
            body: dict[str, Any] = response.json()
            version = body.pop("model_version")
            if response.headers["x-model-version"] != str(version):
                self.failures.append(
                    f"header {response.headers['x-model-version']}, body {version}"
                )
            self.answers.setdefault(version, set()).add(repr(sorted(body.items())))

    def wait_for_version(self, version: int) -> None:
        """Wait until a client received a response of *version*, and every worker serves it."""
        wait_for(lambda: version in self.answers, f"an answer of version {version}")
        wait_for(
            lambda: find_agreed_version(scrape(self.url)) == version,
            f"version {version} everywhere",
        )


@contextmanager
def traffic(url: str, row: Sequence[Any], clients: int = 3) -> Iterator[Traffic]:
    """Send the same row over several connections until the block ends."""
    seen = Traffic(url)
    with ExitStack() as opened:
        senders = []
        for _ in range(clients):
            client = opened.enter_context(plain_http.client(base_url=url))
            senders.append(partial(client.post, "/predict", json={"features": row}))
        with sending(seen, senders):
            yield seen


@contextmanager
def sending(seen: Traffic, senders: Sequence[Callable[[], httpx.Response]]) -> Iterator[None]:
    """Let each of *senders* send requests in a thread of its own until the block ends."""
    stop = threading.Event()

    def send_all(send: Callable[[], httpx.Response]) -> None:
        while not stop.is_set():
            try:
                seen.note(send())
            except httpx.HTTPError as error:
                with seen.lock:
                    seen.failures.append(repr(error))
            stop.wait(PAUSE_SECONDS)

    threads = [threading.Thread(target=send_all, args=(send,)) for send in senders]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
