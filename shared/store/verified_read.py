"""Reading files that another user wrote: regular, single-link, of a stated size, verified.

No part of a path may be a link, see `open_without_links`. Bytes are read, not mapped: a mapping
whose file is truncated kills the process. What is hashed is what is returned.
"""

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from shared.contract.documents import Descriptor
from shared.errors import (
    ArtefactCorruptError,
    DocumentError,
    ModelNotFoundError,
    UnsafeFileError,
)
from shared.store.durable_write import write_new_file
from shared.store.linkless_open import open_without_links

_CHUNK = 1 << 20
MAX_DOCUMENT_BYTES = 16 << 20


def read_document(
    path: Path, *, max_bytes: int = MAX_DOCUMENT_BYTES, single_link: bool = False
) -> bytes:
    """Read one whole document of at most *max_bytes*.

    With *single_link* (for a candidate's documents) a hard link to another file is refused.
    Raises FileNotFoundError, UnsafeFileError, or DocumentError when it is larger.
    """
    with _open_regular(path, single_link=single_link) as (descriptor, size):
        if size > max_bytes:
            raise DocumentError(f"{path} has {size} bytes; at most {max_bytes} are read.")
        data = b"".join(_chunks(descriptor, max_bytes + 1))
    if len(data) > max_bytes:
        raise DocumentError(f"{path} grew beyond {max_bytes} bytes while it was read.")
    return data


def list_names(directory: Path) -> list[str]:
    """The names of all that stands in *directory*.

    Raises FileNotFoundError, or UnsafeFileError when it is a link or cannot be listed.
    """
    descriptor = open_without_links(directory, os.O_DIRECTORY)
    try:
        return os.listdir(descriptor)
    finally:
        os.close(descriptor)


def read_verified(directory: Path, wanted: Descriptor) -> bytes:
    """The bytes that *wanted* describes, read from *directory* and verified.

    Raises ModelNotFoundError, UnsafeFileError, ArtefactCorruptError.
    """
    path = directory / wanted.name
    with _described(path, wanted, single_link=False) as descriptor:
        data = b"".join(_chunks(descriptor, wanted.size + 1))
    _verify(path, wanted, len(data), hashlib.sha256(data).hexdigest())
    return data


def copy_verified(directory: Path, wanted: Descriptor, destination: Path) -> None:
    """Copy the file that *wanted* describes, hashing the very bytes that are written.

    The copy is fsynced. Raises what `read_verified` raises, and StoreWriteError.
    """
    path = directory / wanted.name
    with _described(path, wanted, single_link=True) as descriptor:
        write_new_file(destination, _verified_chunks(path, wanted, descriptor))


def verify_file(directory: Path, wanted: Descriptor) -> None:
    """Verify the file that *wanted* describes and keep nothing of it, however large it is.

    Raises what `read_verified` raises.
    """
    path = directory / wanted.name
    with _described(path, wanted, single_link=True) as descriptor:
        for _ in _verified_chunks(path, wanted, descriptor):
            continue


@contextmanager
def open_all(directory: Path, wanted: Sequence[Descriptor]) -> Iterator[list[Iterator[bytes]]]:
    """The chunks of all files that *wanted* describes, whoever removes them meanwhile.

    The last chunk of each is given before its bytes are verified, which raises what
    `read_verified` raises; so does opening them.
    """
    with ExitStack() as files:
        opened = [
            files.enter_context(_described(directory / file.name, file, single_link=False))
            for file in wanted
        ]
        yield [
            _verified_chunks(directory / file.name, file, descriptor)
            for file, descriptor in zip(wanted, opened, strict=True)
        ]


def _verified_chunks(path: Path, wanted: Descriptor, descriptor: int) -> Iterator[bytes]:
    digest, size = hashlib.sha256(), 0
    for chunk in _chunks(descriptor, wanted.size + 1):
        digest.update(chunk)
        size += len(chunk)
        yield chunk
    _verify(path, wanted, size, digest.hexdigest())


@contextmanager
def _described(path: Path, wanted: Descriptor, *, single_link: bool) -> Iterator[int]:
    try:
        with _open_regular(path, single_link=single_link) as (descriptor, size):
            if size != wanted.size:
                raise ArtefactCorruptError(
                    f"{path} has {size} bytes; its descriptor says {wanted.size}."
                )
            yield descriptor
    except FileNotFoundError as error:
        raise ModelNotFoundError(f"{path} is missing.") from error


@contextmanager
def _open_regular(path: Path, *, single_link: bool) -> Iterator[tuple[int, int]]:
    """Descriptor and size of a regular file."""
    descriptor = open_without_links(path)
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
    """The file's bytes, at most *limit* of them, so that a growing file cannot fill memory."""
    left = limit
    while left and (chunk := os.read(descriptor, min(_CHUNK, left))):
        left -= len(chunk)
        yield chunk


def _verify(path: Path, wanted: Descriptor, size: int, sha256: str) -> None:
    if size != wanted.size or sha256 != wanted.sha256:
        raise ArtefactCorruptError(
            f"{path} has {size} bytes with sha256 {sha256}; "
            f"its descriptor says {wanted.size} bytes with {wanted.sha256}."
        )
