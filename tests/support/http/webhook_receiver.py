"""A receiver of webhooks: a real server that keeps every request."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.support.http.fake_server import FakeService, fake_server


@dataclass(frozen=True)
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def payload(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.body)
        return content


Response = tuple[int, dict[str, str]]
"""A status and headers."""


@dataclass
class WebhookReceiver:
    """A server's requests, and what it answers to each."""

    respond: Callable[[Received], Response] = lambda _received: (204, {})
    url: str = ""
    requests: list[Received] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def ids(self) -> list[str]:
        return [each.id for each in self.requests]

    @property
    def types(self) -> list[str]:
        return [each.payload["type"] for each in self.requests]


@contextmanager
def webhook_receiver(
    respond: Callable[[Received], Response] = lambda _received: (204, {}),
    context: ssl.SSLContext | None = None,
    host: str = "127.0.0.1",
) -> Iterator[WebhookReceiver]:
    """Serve until the block ends, with TLS if there is a *context*."""
    receiver = WebhookReceiver(respond)

    class Handler(FakeService):
        def answer(self) -> None:
            size = int(self.headers.get("content-length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(size)
            if len(body) < size:  # the sender died meanwhile
                return
            received = Received(self.path, headers, body)
            with receiver.lock:
                receiver.requests.append(received)
            status, extra = receiver.respond(received)
            self.send_response(status)
            for name, value in {"content-length": "0", **extra}.items():
                self.send_header(name, value)
            self.end_headers()

    with fake_server(Handler, context=context, host=host) as port:
        receiver.url = f"http{'s' if context else ''}://{host}:{port}/hooks/secret-path"
        yield receiver
