"""The third layer of a connection: it refuses heads that are too large, or for another host."""

from typing import Any, NoReturn

from shared.http import refusals
from shared.http.allowed_hosts import ALLOWED_HOSTS, AllowedHosts, find_hosts
from shared.http.refusals import Refusal
from shared.http.shutdown_protocol import RefusedError
from shared.http.timeouts_and_sizes import HEAD_BYTES
from shared.http.upload_protocol import UploadProtocol


class HeadProtocol(UploadProtocol):
    """A connection whose requests have small heads, which name one of the service's hosts."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._hosts: AllowedHosts = self.app_state.get(ALLOWED_HOSTS) or AllowedHosts()
        self._head_bytes = 0
        """Bytes of the head that the parser has reported."""
        self._buffered_bytes = 0
        """Bytes received since the parser's last callback."""
        self._parser_reported = False
        self._refusal = refusals.INVALID_HTTP
        """The refusal that follows a RefusedError."""

    def on_url(self, url: bytes) -> None:
        """Count the bytes of a piece of the request target."""
        super().on_url(url)
        self._count_head(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count the bytes of a header or trailer."""
        super().on_header(name, value)
        self._count_head(name, value)

    def on_headers_complete(self) -> None:
        """Start the body, if the request is for this service."""
        self._require_allowed_host()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Accept a piece of the body."""
        self._parser_reported = True
        # So only the timeout of the body limits chunk extensions between pieces of data.
        self._head_bytes = 0
        super().on_body(body)

    def _begin_head(self) -> None:
        super()._begin_head()
        self._head_bytes = 0

    def _count_head(self, *pieces: bytes) -> None:
        self._parser_reported = True
        self._head_bytes += sum(map(len, pieces))
        if self._head_bytes > HEAD_BYTES:
            self._fail(refusals.HEAD_TOO_LARGE)

    def _is_head_too_large(self, received: int) -> bool:
        """Count this many bytes, which were parsed; report whether the head is too large."""
        # The parser buffers a part of a header, or of the framing of chunks.
        self._buffered_bytes = 0 if self._parser_reported else self._buffered_bytes + received
        return self._head_bytes + self._buffered_bytes > HEAD_BYTES

    def _require_allowed_host(self) -> None:
        """Refuse a request for another host, and one with two Host headers or none.

        A plain health check of HTTP/1.0, as of HAProxy, has none. No browser sends that.
        """
        found = find_hosts(self.headers)
        if not found and self._hosts.allows_none and self.parser.get_http_version() == "1.0":
            return
        if len(found) != 1:
            self._fail(refusals.ONE_HOST)
        if not self._hosts.allows(found[0]):
            self._fail(self._hosts.refusal)

    def _fail(self, refusal: Refusal) -> NoReturn:
        """End the parsing of this request, which is refused with *refusal*."""
        self._refusal = refusal
        raise RefusedError
