"""Damaged files are not backed up, and only whole backups are restored."""

import gzip
import io
import shutil
import tarfile
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from shared.contract.documents import StoreMarker
from shared.contract.layout import ONNX_MODEL
from shared.errors import (
    BackupError,
)
from shared.maintenance.backup_contents import BackupContents
from shared.maintenance.backup_steps import write_backup
from shared.maintenance.restore_steps import restore_file
from shared.maintenance.tar_archive import ArchiveMember, write_archive
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.stores.backups import files, is_nothing, restored


@pytest.fixture
def used(kept: ModelStore, tmp_path: Path) -> ModelStore:
    """Copy the store, to be changed."""
    return ModelStore(shutil.copytree(kept.layout.root, tmp_path / "used"))


# --- Damage


def test_a_damaged_model_not_in_production_is_left_out_and_named(
    used: ModelStore, tmp_path: Path
) -> None:
    older = used.models.directory(toy_model(bias=0.25).digest) / ONNX_MODEL
    older.write_bytes(b"damage")
    undecided = used.layout.candidate(used.candidates.ids()[-1])
    (undecided / ONNX_MODEL).unlink()
    contents = write_backup(used, tmp_path / "b.tar.gz")
    assert [str(p) in line for p, line in zip((older, undecided), contents.left_out, strict=True)]
    store = restored(tmp_path / "b.tar.gz", tmp_path / "new")
    assert (len(store.models.digests()), len(store.candidates.ids())) == (1, 3)


def break_the_model(store: ModelStore) -> None:
    (store.models.directory(toy_model().digest) / ONNX_MODEL).write_bytes(b"damage")


def break_the_log(store: ModelStore) -> None:
    store.layout.decision(2).write_text("{}")


@pytest.mark.parametrize("damage", [break_the_model, break_the_log])
def test_without_log_or_model_in_production_there_is_no_backup(
    used: ModelStore, tmp_path: Path, damage: Callable[[ModelStore], None]
) -> None:
    damage(used)
    with pytest.raises(BackupError, match="nothing was backed up"):
        write_backup(used, tmp_path / "b.tar.gz")
    assert [path.name for path in tmp_path.iterdir()] == ["used"]


def refused(data: bytes, tmp_path: Path, match: str = "another") -> None:
    """Restoring *data* is refused by the file's name, and leaves nothing."""
    path, root = tmp_path / "bad.tar.gz", tmp_path / "new"
    path.write_bytes(data)
    with pytest.raises(BackupError, match=match) as caught:
        restore_file(str(path), root)
    assert str(path) in str(caught.value)
    assert is_nothing(root)


def test_a_truncated_archive_is_refused(archive: Path, tmp_path: Path) -> None:
    data = archive.read_bytes()
    for length in [*range(0, len(data), len(data) // 40), len(data) - 1]:
        refused(data[:length], tmp_path)


def test_a_truncated_tar_is_refused(archive: Path, tmp_path: Path) -> None:
    data = gzip.decompress(archive.read_bytes())
    for length in range(0, len(data) - 512, len(data) // 40):
        refused(gzip.compress(data[: length // 512 * 512]), tmp_path)


def test_a_flipped_bit_is_refused_or_changes_nothing(archive: Path, tmp_path: Path) -> None:
    """The header of gzip holds a time and flags that nobody reads."""
    data = archive.read_bytes()
    damaged = (flipped(data, at) for at in [*range(12), *range(12, len(data), len(data) // 150)])
    assert harmless(damaged, archive, tmp_path) < 12


def test_a_flipped_bit_in_the_tar_is_refused_or_changes_nothing(
    archive: Path, tmp_path: Path
) -> None:
    """Padding and times in a tar are not checked."""
    data = gzip.decompress(archive.read_bytes())
    every = range(7, len(data), len(data) // 150)
    damaged = (gzip.compress(flipped(data, at), 1) for at in every)
    assert harmless(damaged, archive, tmp_path) < 75


def flipped(data: bytes, offset: int) -> bytes:
    return data[:offset] + bytes([data[offset] ^ 1]) + data[offset + 1 :]


def harmless(damaged: Iterable[bytes], archive: Path, tmp_path: Path) -> int:
    """Count how many of these are restored; each result must equal *archive*."""
    path, root, found = tmp_path / "bad.tar.gz", tmp_path / "new", 0
    whole = files(restored(archive, tmp_path / "whole").layout.root)
    for data in damaged:
        path.write_bytes(data)
        try:
            restore_file(str(path), root)
        except BackupError:
            assert is_nothing(root)
        else:
            found += 1
            assert files(root) == whole
            shutil.rmtree(root)
    return found


def tar_of(*entries: tuple[tarfile.TarInfo, bytes], form: int = tarfile.USTAR_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", format=form) as made:
        for info, data in entries:
            info.size = len(data)
            made.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def entry(name: str, kind: bytes = tarfile.REGTYPE, to: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, to
    return info


HOSTILE: dict[str, tarfile.TarInfo] = {
    "an absolute path": entry("/etc/cron.d/evil"),
    "a path upwards": entry("models/../../evil"),
    "a path upwards in a digest": entry(f"models/{'0' * 64}/.."),
    "a name of no part": entry("token"),
    "a hidden name": entry(f"models/{'0' * 64}/.hidden"),
    "a name too deep": entry(f"models/{'0' * 64}/a/b"),
    "a registry": entry("registry.json"),
    "a symbolic link": entry("store.json", tarfile.SYMTYPE, "/etc/passwd"),
    "a hard link": entry("store.json", tarfile.LNKTYPE, "decisions/00000001.json"),
    "a directory": entry("decisions", tarfile.DIRTYPE),
    "a device": entry("store.json", tarfile.CHRTYPE),
    "a pipe": entry("store.json", tarfile.FIFOTYPE),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_archive_is_refused_by_name(tmp_path: Path, what: str) -> None:
    refused(tar_of((HOSTILE[what], b"")), tmp_path, "contains|holds")
    assert [path.name for path in tmp_path.iterdir() if path.name != "new"] == ["bad.tar.gz"]


def packed(*members: tuple[str, bytes]) -> bytes:
    return b"".join(write_archive(ArchiveMember(name, len(data), [data]) for name, data in members))


def test_other_bad_archives_are_refused(kept: ModelStore, archive: Path, tmp_path: Path) -> None:
    marker = ("store.json", StoreMarker().encode())
    first = ("decisions/00000001.json", kept.layout.decision(1).read_bytes())
    second = ("decisions/00000002.json", kept.layout.decision(2).read_bytes())
    refused(b"", tmp_path, "empty file")
    refused(b"PK\x03\x04 a zip", tmp_path, "Not a gzipped file")
    refused(gzip.compress(b"x" * 4096), tmp_path, "not a tar")
    refused(gzip.compress(bytes(1 << 20)), tmp_path, "without SHA256SUMS")
    refused(archive.read_bytes() + b"more", tmp_path, "Not a gzipped file")
    tar = gzip.decompress(archive.read_bytes())
    refused(gzip.compress(tar + b"more"), tmp_path, "follows its SHA256SUMS")
    refused(gzip.compress(tar[:-1024] + b"more" * 256), tmp_path, "not a tar")
    refused(packed(marker, marker), tmp_path, "twice")
    refused(packed(first), tmp_path, "does not contain store.json")
    refused(packed(("store.json", b'{"format_version": 2}')), tmp_path, "format_version 2")
    refused(packed(marker, first), tmp_path, "missing from the store")
    refused(packed(marker, second), tmp_path, "is missing")
    refused(
        packed(marker, ("decisions/00000001.json", second[1])),
        tmp_path,
        "contains decision 2; expected 1",
    )
    long = entry("decisions/" + "0" * 200 + ".json")
    refused(tar_of((long, b""), form=tarfile.PAX_FORMAT), tmp_path, "not an ordinary file")
    large = entry("store.json")
    large.size = 1 << 40
    header = large.tobuf(tarfile.GNU_FORMAT)
    refused(gzip.compress(header), tmp_path, "not an ordinary file")


def test_a_model_that_its_descriptors_do_not_describe_is_refused(
    used: ModelStore, tmp_path: Path
) -> None:
    """Its author replaced the model and wrote correct checksums."""
    members = []
    for member in BackupContents(used).members():
        data = b"".join(member.chunks)
        if member.name.startswith("models/") and member.name.endswith(ONNX_MODEL):
            data = toy_model(bias=9.0).files[ONNX_MODEL]
        members.append((member.name, data))
    refused(packed(*members), tmp_path, "descriptor")
