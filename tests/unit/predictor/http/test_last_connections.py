"""A server that stops answers the connections that wait, and does not wait for others."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import uvicorn

from predictor.http.last_connections import LastConnectionsServer

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
Message = MutableMapping[str, Any]


async def answer(
    scope: Message,
    _receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"it was answered"})


def make_server(listener: socket.socket) -> LastConnectionsServer:
    config = uvicorn.Config(answer, lifespan="off", log_config=None, ws="none")
    return LastConnectionsServer(config, listener)


def test_connections_that_nobody_accepted_are_answered_when_the_server_stops() -> None:
    """The server stops before its event loop has accepted one of them."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        clients = [socket.create_connection(listener.getsockname()) for _ in range(3)]
        for client in clients:
            client.sendall(REQUEST)

        async def stop_at_once() -> None:
            server = make_server(listener)
            server.config.load()
            server.lifespan = server.config.lifespan_class(server.config)
            server.servers = []  # as if none of them had accepted anything
            await server.lifespan.startup()
            await server.shutdown([listener])

        asyncio.run(stop_at_once())
        for client in clients:
            with client, client.makefile("rb") as response:
                assert b"it was answered" in response.read()


def test_a_server_leaves_the_socket_of_all_workers_as_it_does_not_block() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        shared = socket.socket(fileno=os.dup(listener.fileno()))
        with shared:
            os.set_blocking(shared.fileno(), False)  # as the event loop of another worker
            server = make_server(listener)
            assert not os.get_blocking(shared.fileno())
            with server._spare:
                pass
