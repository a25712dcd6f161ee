"""Read and verify files that another user wrote.

No part of a path may be a link, see `open_without_links`. Files are read, not mapped: truncating a
mapped file kills the process. The hashed bytes are the returned bytes.
"""

import errno
import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

from shared.contract.documents import Descriptor
from shared.errors import (
    ArtefactCorruptError,
    DocumentError,
    ModelNotFoundError,
    UnsafeFileError,
)
from shared.store.durable_write import write_new_file
from shared.store.linkless_open import open_name, open_without_links
from shared.volume.fresh_names import retry_stale

_CHUNK = 1 << 20
MAX_DOCUMENT_BYTES = 16 << 20


def read_document(
    path: Path, *, max_bytes: int = MAX_DOCUMENT_BYTES, single_link: bool = False
) -> bytes:
    """Read one whole document of at most *max_bytes*.

    With *single_link*, a file that has another name (a hard link) is refused.

    Raises:
        FileNotFoundError: The document does not exist.
        UnsafeFileError: The path leads through a link, or to something that is not a file.
        DocumentError: The document is larger than *max_bytes*.
    """
    return retry_stale(lambda: _read_once(path, max_bytes, single_link=single_link), path.parent)


class DocumentFolder:
    """A directory that is open, to read many of its documents.

    It opens the parts of the path once, not for each document.
    """

    def __init__(self, directory: Path) -> None:
        """Open it; raise the errors of `open_without_links`."""
        self._path = directory
        self._descriptor = open_without_links(directory, os.O_DIRECTORY)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the directory."""
        os.close(self._descriptor)

    def read(self, name: str, *, max_bytes: int = MAX_DOCUMENT_BYTES) -> bytes:
        """Read one whole document, as `read_document` does, with its errors."""
        path = self._path / name
        try:
            return _read_once(path, max_bytes, directory=self._descriptor)
        except OSError as error:
            if error.errno != errno.ESTALE:
                raise
            return read_document(path, max_bytes=max_bytes)


def _read_once(
    path: Path, max_bytes: int, *, single_link: bool = False, directory: int | None = None
) -> bytes:
    with _open_regular(path, single_link=single_link, directory=directory) as (descriptor, size):
        if size > max_bytes:
            raise DocumentError(f"{path} has {size} bytes; at most {max_bytes} are read.")
        data = b"".join(_chunks(descriptor, max_bytes + 1))
    if len(data) > max_bytes:
        raise DocumentError(f"{path} grew beyond {max_bytes} bytes while it was being read.")
    return data


def list_names(directory: Path) -> list[str]:
    """List the names in *directory*.

    Raises FileNotFoundError, or UnsafeFileError if its path contains a link.
    """
    descriptor = open_without_links(directory, os.O_DIRECTORY)
    try:
        return os.listdir(descriptor)
    finally:
        os.close(descriptor)


def read_verified(directory: Path, expected: Descriptor) -> bytes:
    """Read and verify the file in *directory* that *expected* describes.

    Raises:
        ModelNotFoundError: The file does not exist.
        UnsafeFileError: The path leads through a link, or to something that is not a file.
        ArtefactCorruptError: Its size or SHA-256 differs from its descriptor.
    """
    with _open_verified(directory, expected) as chunks:
        return b"".join(chunks)


def copy_verified(directory: Path, expected: Descriptor, destination: Path) -> None:
    """Copy, fsync and verify the file that *expected* describes; hash the bytes that are written.

    Raises the errors of `read_verified`, and StoreWriteError.
    """
    with _open_verified(directory, expected, single_link=True) as chunks:
        write_new_file(destination, chunks)


def verify_file(directory: Path, expected: Descriptor) -> None:
    """Verify the file that *expected* describes without keeping it in memory.

    Raises the errors of `read_verified`.
    """
    with _open_verified(directory, expected, single_link=True) as chunks:
        for _ in chunks:
            continue


@contextmanager
def open_all(directory: Path, expected: Sequence[Descriptor]) -> Iterator[list[Iterator[bytes]]]:
    """Open all files that *expected* describes, and return the chunks of each.

    The files stay readable if they are removed meanwhile. Each file is verified after its last
    chunk. Raises the errors of `read_verified`.
    """
    with ExitStack() as files:
        yield [files.enter_context(_open_verified(directory, file)) for file in expected]


@contextmanager
def _open_verified(
    directory: Path, expected: Descriptor, *, single_link: bool = False
) -> Iterator[Iterator[bytes]]:
    """Open a file and return its chunks; after the last one, the file is verified."""
    path = directory / expected.name
    try:
        with _open_regular(path, single_link=single_link) as (descriptor, size):
            if size != expected.size:
                raise ArtefactCorruptError(
                    f"{path} has {size} bytes; its descriptor says {expected.size}."
                )
            yield _verified_chunks(path, expected, descriptor)
    except FileNotFoundError as error:
        raise ModelNotFoundError(f"{path} is missing.") from error


def _verified_chunks(path: Path, expected: Descriptor, descriptor: int) -> Iterator[bytes]:
    digest, size = hashlib.sha256(), 0
    for chunk in _chunks(descriptor, expected.size + 1):
        digest.update(chunk)
        size += len(chunk)
        yield chunk
    if size != expected.size or digest.hexdigest() != expected.sha256:
        raise ArtefactCorruptError(
            f"{path} has {size} bytes with sha256 {digest.hexdigest()}; "
            f"its descriptor says {expected.size} bytes with {expected.sha256}."
        )


@contextmanager
def _open_regular(
    path: Path, *, single_link: bool, directory: int | None = None
) -> Iterator[tuple[int, int]]:
    """Open a regular file, perhaps in its open *directory*; return its descriptor and size."""
    descriptor = open_without_links(path) if directory is None else open_name(directory, path)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise UnsafeFileError(f"{path} is not a regular file.")
        if single_link and status.st_nlink != 1:
            raise UnsafeFileError(f"{path} has {status.st_nlink} links; exactly one is allowed.")
        yield descriptor, status.st_size
    finally:
        os.close(descriptor)


def _chunks(descriptor: int, limit: int) -> Iterator[bytes]:
    """Yield at most *limit* bytes of the file, so that a growing file cannot fill memory."""
    left = limit
    while left and (chunk := os.read(descriptor, min(_CHUNK, left))):
        left -= len(chunk)
        yield chunk
