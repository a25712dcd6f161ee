"""A Service of the chart: the addresses of its ready pods, and clients that ask through it."""

import random
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx

from tests.chart.node import PATIENCE_SECONDS
from tests.chart.pod import Pod
from tests.stacks.traffic import Traffic, sending
from tests.support.http.plain_http import NO_CERTIFICATES
from tests.support.processes.wait_until import wait_for

LATE_REQUESTS = 20
"""Requests that clients still send while the nodes learn that a pod stops."""


@dataclass
class Service:
    """The addresses that a node knows. A connection goes to one of them, as kube-proxy chooses."""

    trust: ssl.SSLContext = NO_CERTIFICATES
    key: str | None = None
    addresses: list[str] = field(default_factory=list)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send one request over a new connection."""
        url = random.choice(self.addresses)  # noqa: S311 - any pod will do
        headers = {"authorization": f"Bearer {self.key}"} if self.key else {}
        with httpx.Client(verify=self.trust, timeout=PATIENCE_SECONDS, headers=headers) as client:
            names = {"sni_hostname": "localhost"}  # the name in the certificate of the tests
            return client.request(method, f"{url}{path}", extensions=names, **options)

    def example(self) -> list[Any]:
        """Return the example row of the served model."""
        row: list[Any] = self.request("GET", "/model").raise_for_status().json()["example"]
        return row

    def versions(self) -> set[int]:
        """Return the versions that the pods serve."""
        row, found = self.example(), set()
        for address in list(self.addresses):
            only = Service(self.trust, self.key, [address])
            answer = only.request("POST", "/predict", json={"features": row})
            found.add(int(answer.raise_for_status().json()["model_version"]))
        return found


@contextmanager
def clients(service: Service, row: Sequence[Any], count: int = 3) -> Iterator[Traffic]:
    """Send the same row to the service, with a new connection for each request."""
    seen = Traffic("the service")
    send = partial(service.request, "POST", "/predict", json={"features": row})
    with sending(seen, [send] * count):
        yield seen


def replace(service: Service, old: Pod, new: Pod, seen: Traffic) -> int:
    """Replace a pod as a rolling update without missing pods does; return the old one's status.

    The nodes learn of the end of the old pod only after some more requests.
    """
    new.start()
    new.wait_until_ready()
    service.addresses.append(new.url)
    address, before = old.url, seen.asked
    ended: list[int] = []
    stopping = threading.Thread(target=lambda: ended.append(old.stop()))
    stopping.start()
    wait_for(lambda: seen.asked >= before + LATE_REQUESTS, "more requests", within=PATIENCE_SECONDS)
    service.addresses.remove(address)
    stopping.join()
    (status,) = ended
    return status
