"""housekeeper.json: the host whose gatekeepers remove old files and write training.log.

Any number of gatekeepers may decide at the same time. But a host may see an old listing of a shared
directory, and lines that two hosts append to a file can be lost. So one host does such work.
"""

import os
import socket
from pathlib import Path
from typing import Annotated

from pydantic import Field

from shared.contract.document import Document, Time
from shared.contract.heartbeat import MAX_HOST_CHARACTERS
from shared.contract.layout import StoreLayout
from shared.store.durable_write import create_file, replace_file
from shared.store.verified_read import read_document
from shared.text import to_printable

MAX_HOUSEKEEPER_BYTES = 4 << 10
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Housekeeper(Document):
    """housekeeper.json: a gatekeeper of the host that keeps house, and its last sign of life."""

    client: Annotated[str, Field(min_length=1, max_length=128)]
    """The kernel and the mounted file system, through which all processes see the same files."""
    host: Annotated[str, Field(max_length=MAX_HOST_CHARACTERS)]
    pid: Annotated[int, Field(ge=1, le=2**31 - 1)]
    beat_at: Time
    beat_seconds: Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]


class HousekeeperFile:
    """The file housekeeper.json, for gatekeepers."""

    def __init__(self, layout: StoreLayout) -> None:
        self._path = layout.housekeeper
        self._root = layout.root

    def client(self) -> str:
        """Return what identifies this kernel and its mount of the store."""
        try:
            kernel = _BOOT_ID.read_text().strip()
        except OSError:  # not Linux
            kernel = to_printable(socket.gethostname())
        return f"{kernel}-{self._root.stat().st_dev:x}"[:128]

    def read(self) -> Housekeeper | None:
        """Return the content; None without the file.

        Raises:
            StoreError: The file is malformed.
            OSError: The file cannot be read now.
        """
        try:
            data = read_document(self._path, max_bytes=MAX_HOUSEKEEPER_BYTES)
        except FileNotFoundError:
            return None
        return Housekeeper.decode(data, self._path)

    def claim(self, keeper: Housekeeper) -> bool:
        """Write the file unless it exists, and return whether it was written."""
        try:
            create_file(self._path, keeper.encode())
        except FileExistsError:
            return False
        return True

    def replace(self, keeper: Housekeeper) -> None:
        """Write the file durably: a torn one would stop the work of its host for a while."""
        replace_file(self._path, keeper.encode())

    def remove(self) -> None:
        """Delete the file: this host stops to keep house."""
        self._path.unlink(missing_ok=True)


def this_process(client: str, beat_at: Time, beat_seconds: float) -> Housekeeper:
    """Describe this gatekeeper."""
    host = to_printable(socket.gethostname())[:MAX_HOST_CHARACTERS]
    return Housekeeper(
        client=client, host=host, pid=os.getpid(), beat_at=beat_at, beat_seconds=beat_seconds
    )
