"""The file format of a backup: a tar, compressed by gzip, whose last member is SHA256SUMS.

Every `tar` and `sha256sum` can read it. Each member is an ordinary file in the oldest format
(POSIX.1-1988). Extensions, links and devices are refused before tarfile reads them, so nothing
in an archive says where, or as whom, to write. The sums show that no member was cut off.
"""

import gzip
import hashlib
import tarfile
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Self

from shared.errors import BackupError

SUMS = "SHA256SUMS"
MAX_MEMBER_BYTES = (8 << 30) - 1
"""The largest size that a header can hold."""
_CHUNK = 1 << 20
_GZIP = 31
"""zlib's name for a window of 32 KiB within a gzip header and checksum."""
_FASTEST = 1
"""The level of compression; higher ones take four times as long and save a tenth."""


@dataclass(frozen=True)
class ArchiveMember:
    """One file of an archive: its path, and exactly *size* bytes in *chunks*."""

    name: str
    size: int
    chunks: Iterable[bytes]
    changed: int | None = None
    """The time of its last change, in seconds since 1970; without it, the present is written."""


def write_archive(members: Iterable[ArchiveMember]) -> Iterator[bytes]:
    """Yield the bytes of the archive that holds *members*.

    Raises BackupError for a member that is too large, and the errors of the chunks.
    """
    compressor = zlib.compressobj(_FASTEST, zlib.DEFLATED, _GZIP)
    for piece in _write_tar(members):
        yield compressor.compress(piece)
    yield compressor.flush()


def _write_tar(members: Iterable[ArchiveMember]) -> Iterator[bytes]:
    sums = ""
    for member in members:
        digest = hashlib.sha256()
        yield _header(member.name, member.size, member.changed)
        for chunk in member.chunks:
            digest.update(chunk)
            yield chunk
        yield _padding(member.size)
        sums += _sum_line(digest.hexdigest(), member.name)
    data = sums.encode("ascii")
    yield _header(SUMS, len(data)) + data + _padding(len(data)) + bytes(2 * tarfile.BLOCKSIZE)


def _header(name: str, size: int, changed: int | None = None) -> bytes:
    if size > MAX_MEMBER_BYTES:
        raise BackupError(
            f"{name} has {size} bytes; a backup takes files of at most {MAX_MEMBER_BYTES}. "
            "Stop the services and copy the store by other means."
        )
    info = tarfile.TarInfo(name)
    now = int(time.time())
    info.size, info.mtime = size, now if changed is None else max(0, min(changed, now))
    return info.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict")


def _padding(size: int) -> bytes:
    return bytes(-size % tarfile.BLOCKSIZE)


def _sum_line(sha256: str, name: str) -> str:
    return f"{sha256}  {name}\n"


def read_archive(source: BinaryIO, archive: str) -> Iterator[ArchiveMember]:
    """Yield the members of the archive in *source*; read each one before the next.

    After the last one, the sums have been compared and nothing follows them. Raises BackupError,
    which calls the archive *archive*, for anything that `write_archive` cannot have made.
    """
    with (
        _explain_damage(archive),
        tarfile.open(
            fileobj=gzip.GzipFile(fileobj=source),
            mode="r|",
            tarinfo=_OrdinaryFile,
            encoding="ascii",
            errors="strict",
        ) as tar,
    ):
        sums = ""
        while (info := tar.next()) is not None and info.name != SUMS:
            digest = hashlib.sha256()
            chunks = _read_chunks(tar, info, archive, digest.update)
            yield ArchiveMember(info.name, info.size, chunks, max(0, int(info.mtime)))
            sums += _sum_line(digest.hexdigest(), info.name)
        if info is None:
            raise tarfile.ReadError(f"it ends without {SUMS}")
        listed = b"" if info.size != len(sums) else b"".join(_read_chunks(tar, info, archive))
        if listed != sums.encode("ascii"):
            raise tarfile.ReadError(f"its {SUMS} are not those of its files")
        if tar.next() is not None or _has_more(tar):
            raise tarfile.ReadError(f"something follows its {SUMS}")


class _OrdinaryFile(tarfile.TarInfo):
    """The header of an ordinary file.

    tarfile would read an extension of any size into memory, and take a header that it cannot
    read for the end of the archive. Both are refused here.
    """

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        try:
            info = super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if any(buf):
                raise tarfile.ReadError(f"it is not a tar ({error})") from error
            raise  # a block of zeros is the end
        if info.type != tarfile.REGTYPE or not 0 <= info.size <= MAX_MEMBER_BYTES:
            raise tarfile.ReadError(f"it holds {info.name!r}, which is not an ordinary file")
        return info


def _read_chunks(
    tar: tarfile.TarFile,
    info: tarfile.TarInfo,
    archive: str,
    see: Callable[[bytes], object] = lambda _: None,
) -> Iterator[bytes]:
    """Yield the bytes of one member; *see* gets each chunk first."""
    with _explain_damage(archive):
        file = tar.extractfile(info)
        while file and (chunk := file.read(_CHUNK)):
            see(chunk)
            yield chunk


def _has_more(tar: tarfile.TarFile) -> bool:
    """Say whether anything but zeros follows; this also compares the checksum of gzip."""
    while rest := tar.fileobj.read(_CHUNK):
        if any(rest):
            return True
    return False


@contextmanager
def _explain_damage(archive: str) -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, ValueError) as error:
        raise BackupError(
            f"{archive} is not a whole backup: {error}. Restore another one."
        ) from error
    except OSError as error:
        raise BackupError(f"{archive} cannot be read: {error.strerror or error}.") from error
