"""The second layer of a connection: it counts the bytes of request bodies of all connections."""

from typing import Any

from shared.http.open_connections import OPEN_CONNECTIONS, OpenConnections
from shared.http.shutdown_protocol import ShutdownProtocol
from shared.http.upload_budget import UPLOAD, Upload, release_upload


class UploadProtocol(ShutdownProtocol):
    """A connection whose bodies count until the application no longer needs them."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._connections: OpenConnections = self.app_state[OPEN_CONNECTIONS]
        self._upload: Upload | None = None
        """The body that is being received; None before its first byte."""
        self._running: dict[str, Any] = {}
        """The ASGI scope of the request that the application is answering."""

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop counting the bodies that no application will read."""
        if self._in_body:
            self._release_upload()
        for cycle, _ in self.pipeline:
            release_upload(cycle.scope)
        super().connection_lost(exc)

    def on_body(self, body: bytes) -> None:
        """Count a piece of the body, unless the response is already sent."""
        if not self.cycle.response_complete:
            self._count_upload(len(body))
        super().on_body(body)

    def _begin_body(self) -> None:
        super()._begin_body()
        self._upload = None

    def _end_body(self) -> None:
        super()._end_body()
        if self._upload is not None:
            self._upload.complete()

    def _count_upload(self, size: int) -> None:
        """Count *size* bytes of the body. Over the limit, this refuses uploads, also this one."""
        if self._upload is None:
            self._upload = self._connections.uploads.begin(self._refuse_upload)
            scope: dict[str, Any] = self.scope  # type: ignore[assignment]  # ASGI allows own keys
            scope[UPLOAD] = self._upload
        self._upload.grow(size)

    def _release_upload(self) -> None:
        if self._upload is not None:
            self._upload.release()

    def _refuse_upload(self) -> None:
        """End the request that is being received, because the process holds too many bodies."""
        raise NotImplementedError

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        async def run(scope: Any, receive: Any, send: Any) -> None:
            self._running = scope
            try:
                await app(scope, receive, send)
            finally:
                release_upload(scope)

        super()._start_asgi_task(cycle, run)
