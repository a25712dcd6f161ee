"""The file format of a backup: a tar, compressed by gzip, whose last member is SHA256SUMS.

Every tar and sha256sum can read it. What is written, and all that is read, is the oldest part
of the format (POSIX.1-1988): a header and the bytes of a regular file. Extensions, links and
devices are refused unread, so nothing in an archive says where, or as whom, to write.
The sums show what was cut off behind a member, of which a tar alone would say nothing.
"""

import hashlib
import tarfile
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from shared.errors import BackupError

SUMS = "SHA256SUMS"
MAX_MEMBER_BYTES = (8 << 30) - 1
"""What the size in a header can say."""
_BLOCK = 512
_CHUNK = 1 << 20
_GZIP = 31
"""zlib's name for a window of 32 KiB within a gzip header and checksum."""
_FASTEST = 1
"""Documents and trees shrink to a fifth; further levels are four times as slow for a tenth less."""


@dataclass(frozen=True)
class ArchiveMember:
    """One file of an archive: its path, and exactly *size* bytes in *chunks*."""

    name: str
    size: int
    chunks: Iterable[bytes]


def write_archive(members: Iterable[ArchiveMember]) -> Iterator[bytes]:
    """The bytes of the archive that holds *members*, in pieces.

    Raises BackupError for a member that is too large, and whatever its chunks raise.
    """
    compressor = zlib.compressobj(_FASTEST, zlib.DEFLATED, _GZIP)
    for piece in _tar(members):
        yield compressor.compress(piece)
    yield compressor.flush()


def _tar(members: Iterable[ArchiveMember]) -> Iterator[bytes]:
    sums = ""
    for member in members:
        digest = hashlib.sha256()
        yield _header(member.name, member.size)
        for chunk in member.chunks:
            digest.update(chunk)
            yield chunk
        yield bytes(-member.size % _BLOCK)
        sums += _line(digest.hexdigest(), member.name)
    data = sums.encode("ascii")
    yield _header(SUMS, len(data)) + data + bytes(-len(data) % _BLOCK) + bytes(2 * _BLOCK)


def _header(name: str, size: int) -> bytes:
    if size > MAX_MEMBER_BYTES:
        raise BackupError(
            f"{name} has {size} bytes; a backup takes files of at most {MAX_MEMBER_BYTES}. "
            "Copy the stopped store by other means."
        )
    info = tarfile.TarInfo(name)
    info.size, info.mtime = size, int(time.time())
    return info.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict")


def _line(sha256: str, name: str) -> str:
    return f"{sha256}  {name}\n"


def read_archive(source: BinaryIO, archive: str) -> Iterator[ArchiveMember]:
    """The members of the archive in *source*, each to be read before the next is asked for.

    When the last one was given, the sums have been compared and nothing stands behind them.
    Raises BackupError, which calls the archive *archive*, for all that `pack` cannot have made.
    """
    reader = _Reader(source, archive)
    sums = ""
    while (info := _parse(reader.take(_BLOCK), archive)).name != SUMS:
        digest = hashlib.sha256()
        yield ArchiveMember(info.name, info.size, reader.chunks(info.size, digest.update))
        reader.take(-info.size % _BLOCK)
        sums += _line(digest.hexdigest(), info.name)
    if info.size != len(sums) or b"".join(reader.chunks(info.size)) != sums.encode("ascii"):
        raise _damaged(archive, f"its {SUMS} are not those of its files")
    if any(reader.take(-info.size % _BLOCK + 2 * _BLOCK)) or reader.has_more():
        raise _damaged(archive, f"something stands behind its {SUMS}")


def _parse(header: bytes, archive: str) -> tarfile.TarInfo:
    try:
        info = tarfile.TarInfo.frombuf(header, "ascii", "strict")
    except (tarfile.HeaderError, ValueError) as error:
        raise _damaged(archive, f"it is no tar, or ends early ({error})") from error
    if info.type != tarfile.REGTYPE or not 0 <= info.size <= MAX_MEMBER_BYTES:
        raise BackupError(
            f"{archive} holds {info.name!r}, which is not an ordinary file. "
            "Restore a file that `make backup` wrote."
        )
    return info


def _damaged(archive: str, why: str) -> BackupError:
    return BackupError(f"{archive} is not a whole backup: {why}. Restore another one.")


class _Reader:
    """Reads what is compressed in a stream, never more of it at once than one chunk."""

    def __init__(self, source: BinaryIO, archive: str) -> None:
        self._source = source
        self._archive = archive
        self._inflater = zlib.decompressobj(_GZIP)
        self._ready = b""

    def chunks(
        self, size: int, note: Callable[[bytes], object] = lambda _: None
    ) -> Iterator[bytes]:
        """The next *size* bytes; *note* sees each chunk first."""
        while size:
            chunk = self.take(min(size, _CHUNK))
            note(chunk)
            size -= len(chunk)
            yield chunk

    def take(self, size: int) -> bytes:
        """The next *size* bytes, a chunk at most."""
        while len(self._ready) < size:
            if not (more := self._more()):
                raise _damaged(self._archive, "it is cut short")
            self._ready += more
        taken, self._ready = self._ready[:size], self._ready[size:]
        return taken

    def has_more(self) -> bool:
        """Whether anything is left; only now is the checksum of all known to be right."""
        return bool(self._ready or self._more() or self._inflater.unused_data or self._read())

    def _more(self) -> bytes:
        """At most a chunk of what is compressed; nothing at its end."""
        try:
            while not self._inflater.eof:
                data = self._inflater.unconsumed_tail or self._read()
                if more := self._inflater.decompress(data, _CHUNK):
                    return more
                if not data:
                    raise _damaged(self._archive, "it is cut short")
        except zlib.error as error:
            raise _damaged(self._archive, f"its bytes have changed ({error})") from error
        return b""

    def _read(self) -> bytes:
        try:
            return self._source.read(_CHUNK)
        except OSError as error:
            raise BackupError(f"{self._archive} cannot be read: {error.strerror}.") from error
