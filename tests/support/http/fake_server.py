"""A small HTTP server in this process, for programs that call one."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FakeService(BaseHTTPRequestHandler):
    """A service that answers GET and POST alike, and logs nothing."""

    def answer(self) -> None:
        """Answer the request, with `reply`."""
        raise NotImplementedError

    def do_GET(self) -> None:
        self.answer()

    do_POST = do_GET  # noqa: N815 - http.server's name

    def reply(self, status: int, content: bytes = b"") -> None:
        """Send a whole response."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def fake_server(
    handler: type[FakeService],
    port: int = 0,
    context: ssl.SSLContext | None = None,
    host: str = "127.0.0.1",
) -> Iterator[int]:
    """Serve on *port*, or on a free one, until the block ends. Give the block the port."""
    with ThreadingHTTPServer((host, port), handler) as server:
        if context:
            # Each connection makes its own handshake, which may fail, in its own thread.
            server.socket = context.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
