"""The predictor's HTTP protocol without a network: tests choose how its input is cut."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple

import uvicorn
from anyio.from_thread import BlockingPortal, start_blocking_portal
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from predictor.app import add_front, create_app
from predictor.http.fast_protocol import FastProtocol
from predictor.settings import PredictorSettings
from shared.http.front.cross_origins import CrossOrigins
from shared.http.limits_protocol import LimitsProtocol
from shared.http.open_connections import OPEN_CONNECTIONS, OpenConnections
from shared.settings import CommonSettings
from shared.store.store import ModelStore

HANGING_SECONDS = 60
"""Seconds after which an exchange counts as hanging."""

BODY_TURNS = 50
"""Turns of the event loop that are enough to answer all requests before an unfinished body."""


class Answer(NamedTuple):
    """An HTTP response."""

    status: int
    headers: dict[str, str]
    body: bytes


def answers_in(data: bytes, *, is_written_on: bool = False) -> list[Answer]:
    """Parse all responses in the bytes of a server. Each is complete and has a length.

    While the server writes on, the last one may be incomplete, and is left out.
    """
    found = []
    while data:
        if is_written_on and b"\r\n\r\n" not in data:
            break
        head, _, data = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        version, status, _ = first.split(" ", 2)
        assert version == "HTTP/1.1"
        if status == "100":
            continue
        headers = dict(line.split(": ", 1) for line in lines)
        assert len(headers) == len(lines), lines
        length = 0 if status == "204" else int(headers["content-length"])
        if is_written_on and len(data) < length:
            break
        assert len(data) >= length
        found.append(Answer(int(status), headers, data[:length]))
        data = data[length:]
    return found


class FakeTransport(asyncio.Transport):
    """A transport that records what the protocol writes and requests."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.written = bytearray()
        self.unsent = 0
        """Bytes that the client has not read yet, set by a test."""
        self.is_aborted = False
        self._is_paused = False
        self._has_ended = False
        self._is_closing = False

    def has_ended(self) -> bool:
        """Return whether the server has finished writing or closed the connection."""
        return self._has_ended

    def is_paused(self) -> bool:
        """Return whether reading is paused."""
        return self._is_paused

    def write(self, data: Any) -> None:
        assert not self._has_ended
        self.written += data

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self._has_ended = True

    def close(self) -> None:
        self._has_ended = self._is_closing = True

    def abort(self) -> None:
        self.is_aborted = True
        self.close()

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def is_closing(self) -> bool:
        return self._is_closing

    def pause_reading(self) -> None:
        self._is_paused = True

    def resume_reading(self) -> None:
        self._is_paused = False


@dataclass
class Connection:
    """A client's connection."""

    protocol: LimitsProtocol
    transport: FakeTransport
    portal: BlockingPortal

    def send(self, *pieces: bytes, settle: bool = True) -> None:
        """Send pieces. With *settle* the server runs after each piece."""
        self.portal.call(self._send, pieces, settle)

    def half_close(self) -> None:
        """Close the sending side. asyncio closes the rest unless the protocol keeps it open."""
        self.portal.call(self._half_close)

    def vanish(self) -> None:
        """Drop the connection."""
        self.portal.call(self.protocol.connection_lost, ConnectionResetError())

    def call(self, name: str, *arguments: object) -> None:
        """Call a method of the protocol as the server does, then let the server run."""
        self.portal.call(self._call, name, arguments)

    def send_and_stop(self, data: bytes) -> None:
        """Send data and shut the server down before it runs."""

        def at_once() -> None:
            self.protocol.data_received(data)
            self.protocol.shutdown()

        self.portal.call(at_once)

    @property
    def answers(self) -> list[Answer]:
        """The responses so far, of a server that does not write now."""
        return answers_in(bytes(self.transport.written))

    @property
    def whole_answers(self) -> list[Answer]:
        """The complete responses of a server that may write more at this moment."""
        return answers_in(bytes(self.transport.written), is_written_on=True)

    async def _send(self, pieces: Sequence[bytes], settle: bool) -> None:
        for piece in pieces:
            if self.transport.has_ended():
                break
            self.protocol.data_received(piece)
            if settle:
                await asyncio.sleep(0)
        await self._settle()

    async def _half_close(self) -> None:
        if not self.protocol.eof_received():
            self.transport.close()
        await self._settle()

    async def _call(self, name: str, arguments: Iterable[object]) -> None:
        getattr(self.protocol, name)(*arguments)
        await self._settle()

    async def _settle(self) -> None:
        """Wait until all requests are answered, or only an unfinished body is left."""
        deadline = self.protocol.loop.time() + HANGING_SECONDS
        for turn in count():
            await asyncio.sleep(0)
            is_waiting = self.protocol._in_body and turn > BODY_TURNS
            if is_waiting or self.transport.has_ended() or not self.protocol._is_answering():
                return
            assert self.protocol.loop.time() < deadline, bytes(self.transport.written)


@dataclass
class Wire:
    """A predictor that tests reach through its HTTP protocol."""

    portal: BlockingPortal
    config: uvicorn.Config
    state: dict[str, Any]
    is_fast: bool
    seen: list[str] = field(default_factory=list, repr=False)
    """Method and path of each request that reached the application."""
    server: ServerState = field(default_factory=ServerState)

    def connect(self) -> Connection:
        """Open a connection."""
        return self.portal.call(self._connect)

    def exchange(self, *pieces: bytes) -> list[Answer]:
        """Send *pieces* on a new connection and return the responses."""
        connection = self.connect()
        connection.send(*pieces)
        answers = connection.answers
        connection.vanish()
        return answers

    def pass_seconds(self, seconds: int) -> None:
        """Advance the clock of the open connections."""
        connections: OpenConnections = self.state[OPEN_CONNECTIONS]
        for _ in range(seconds):
            self.portal.call(connections.advance)

    async def _connect(self) -> Connection:
        kind = FastProtocol if self.is_fast else LimitsProtocol
        protocol = kind(self.config, self.server, self.state, asyncio.get_running_loop())
        transport = FakeTransport()
        protocol.connection_made(transport)
        return Connection(protocol, transport, self.portal)


@contextmanager
def running_wire(store: ModelStore, *, is_fast: bool, **settings: Any) -> Iterator[Wire]:
    """Run the predictor's application behind its HTTP protocol."""
    common = CommonSettings(store_dir=store.layout.root, allow_joblib=True)
    chosen = PredictorSettings(poll_seconds=0.01, **settings)
    app = create_app(chosen, common)
    origins = CrossOrigins.parse(chosen.cors_origins)
    seen: list[str] = []
    config = uvicorn.Config(
        _noting(add_front(app, chosen), seen),
        lifespan="off",
        ws="none",
        log_config=None,
        server_header=False,
        date_header=False,
        headers=origins.every_response if origins else None,
    )
    config.load()
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(app.app.router.lifespan_context(app.app)) as state,
    ):
        wire = Wire(portal, config, dict(state or {}), is_fast, seen)
        wire.server.default_headers = config.encoded_headers
        portal.call(wire.state[OPEN_CONNECTIONS].stop)  # tests advance its clock
        yield wire


def _noting(app: ASGIApp, seen: list[str]) -> ASGIApp:
    async def note(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(f"{scope['method']} {scope['path']}")
        await app(scope, receive, send)

    return note


def request(
    body: bytes, method: str = "POST", path: str = "/predict", version: str = "1.1", **headers: str
) -> bytes:
    """Encode a request. *headers* replace the default ones; underscores become dashes."""
    given = {"host": "test", "content-length": str(len(body))}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{method} {path} HTTP/{version}", *(f"{n}: {v}" for n, v in given.items() if v)]
    return "\r\n".join([*lines, "", ""]).encode() + body


def chunked(*chunks: bytes, trailer: bytes = b"") -> bytes:
    """Encode a chunked body."""
    parts = [b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks]
    return b"".join(parts) + b"0\r\n" + trailer + b"\r\n"


def single_bytes(data: bytes) -> list[bytes]:
    """Split data into single bytes."""
    return [data[index : index + 1] for index in range(len(data))]
