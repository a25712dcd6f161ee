"""A common limit for the request bodies that one process holds.

Each body has a limit. A hundred clients that stop one byte before the end could still use all
memory together. Over the limit, uploads are refused in the order in which they began, large ones
before small ones. So stalled uploads are refused first, and a small request is always read.
"""

from collections.abc import Callable, Mapping
from typing import Any

UPLOAD_BYTES = 128 << 20
"""The most bytes of request bodies that one process holds, if its memory allows this."""
_SMALL_BYTES = 32 << 10
"""Bytes of the largest small upload."""

UPLOAD = "modelgate.upload"
"""The key of the request's Upload in the ASGI scope; only requests with a body have it."""


class Upload:
    """The body of one request, as far as it was received."""

    def __init__(self, budget: "UploadBudget", refuse: Callable[[], object]) -> None:
        self.size = 0
        self._budget = budget
        self.refuse = refuse
        """End the request with a refusal."""

    def grow(self, size: int) -> None:
        """Count *size* more bytes. Over the limit, this refuses uploads, also this one."""
        self._budget.grow(self, size)

    def complete(self) -> None:
        """Note that the whole body was received, and waits for the service."""
        self._budget.complete(self)

    def release(self) -> None:
        """Stop counting the body. A second call does nothing."""
        self._budget.release(self)


class UploadBudget:
    """Counts the bytes of all bodies of one process."""

    def __init__(self, limit: int = UPLOAD_BYTES) -> None:
        self.limit = limit
        self.held = 0
        """Bytes of bodies that are incomplete, or wait for their response."""
        self._small: dict[Upload, None] = {}
        self._large: dict[Upload, None] = {}
        """Incomplete uploads, in the order in which they began or became large."""

    def begin(self, refuse: Callable[[], object]) -> Upload:
        """Begin an upload; *refuse* ends its request with a refusal."""
        return Upload(self, refuse)

    def grow(self, upload: Upload, size: int) -> None:
        """Count *size* more bytes of *upload*. Over the limit, refuse those that began first."""
        self.held += size
        upload.size += size
        if upload.size > _SMALL_BYTES:
            self._small.pop(upload, None)
            self._large.setdefault(upload)
        else:
            self._small.setdefault(upload)
        while self.held > self.limit and (victim := self._choose(upload)) is not None:
            self.release(victim)
            victim.refuse()

    def complete(self, upload: Upload) -> None:
        """Never refuse *upload* again; its bytes count until `release`."""
        self._small.pop(upload, None)
        self._large.pop(upload, None)

    def release(self, upload: Upload) -> None:
        """Stop counting *upload*."""
        self.complete(upload)
        self.held -= upload.size
        upload.size = 0

    def _choose(self, newest: Upload) -> Upload | None:
        """Return the next upload to refuse; None if only the small *newest* one is left."""
        first = next(iter(self._large), None) or next(iter(self._small), None)
        return None if first is newest and newest in self._small else first


def release_upload(scope: Mapping[str, Any]) -> None:
    """Stop counting the body of the request with this ASGI *scope*, if it has one."""
    upload: Upload | None = scope.get(UPLOAD)
    if upload is not None:
        upload.release()
