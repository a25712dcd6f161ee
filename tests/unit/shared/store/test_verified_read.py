"""Only regular, single-link files of the stated bytes are read from what others wrote."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.contract.documents import Descriptor
from shared.errors import (
    ArtefactCorruptError,
    DocumentError,
    ModelNotFoundError,
    StoreError,
    UnsafeFileError,
)
from shared.store.verified_read import (
    DocumentFolder,
    copy_verified,
    read_document,
    read_verified,
    verify_file,
)

DATA = b"the bytes of a model" * 1000
WANTED = Descriptor.describe("model.onnx", "application/onnx", DATA)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    path = tmp_path / "candidate"
    path.mkdir()
    (path / WANTED.name).write_bytes(DATA)
    return path


def test_verified_bytes_are_returned_and_copied(directory: Path, tmp_path: Path) -> None:
    assert read_verified(directory, WANTED) == DATA
    copy_verified(directory, WANTED, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == DATA
    verify_file(directory, WANTED)


def shorten(path: Path) -> None:
    path.write_bytes(DATA[:-1])


def lengthen(path: Path) -> None:
    path.write_bytes(DATA + b"x")


def flip_a_bit(path: Path) -> None:
    path.write_bytes(DATA[:-1] + bytes([DATA[-1] ^ 1]))


def remove(path: Path) -> None:
    path.unlink()


def symlink(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


def hard_link(path: Path) -> None:
    os.link(path, path.with_name("second"))


def fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def become_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def symlink_the_directory(path: Path) -> None:
    path.parent.rename(path.parent.with_name("real"))
    path.parent.symlink_to(path.parent.with_name("real"))


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (shorten, ArtefactCorruptError),
        (lengthen, ArtefactCorruptError),
        (flip_a_bit, ArtefactCorruptError),
        (remove, ModelNotFoundError),
        (symlink, UnsafeFileError),
        (hard_link, UnsafeFileError),
        (fifo, UnsafeFileError),
        (become_directory, UnsafeFileError),
        (symlink_the_directory, UnsafeFileError),
    ],
)
def test_an_unsafe_or_altered_file_is_refused(
    damage: Callable[[Path], None], error: type[StoreError], directory: Path, tmp_path: Path
) -> None:
    damage(directory / WANTED.name)
    with pytest.raises(error, match="model.onnx|candidate"):
        copy_verified(directory, WANTED, tmp_path / "copy")
    with pytest.raises(error, match="model.onnx|candidate"):
        verify_file(directory, WANTED)


def test_a_document_is_limited_before_it_is_read(directory: Path) -> None:
    with pytest.raises(DocumentError, match="at most 10 are read"):
        read_document(directory / WANTED.name, max_bytes=10)


def test_an_open_folder_reads_its_documents_without_its_path(tmp_path: Path) -> None:
    before = tmp_path / "before"
    before.mkdir()
    (before / "one.json").write_bytes(b"1")
    (before / "large.json").write_bytes(b"1" * 20)
    (before / "link.json").symlink_to(before / "one.json")
    with DocumentFolder(before) as folder:
        before.rename(tmp_path / "after")

        assert folder.read("one.json") == b"1"
        with pytest.raises(FileNotFoundError):
            folder.read("missing.json")
        with pytest.raises(UnsafeFileError, match="link.json"):
            folder.read("link.json")
        with pytest.raises(DocumentError, match="large.json has 20 bytes; at most 10"):
            folder.read("large.json", max_bytes=10)


def test_a_folder_behind_a_link_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)

    with pytest.raises(UnsafeFileError):
        DocumentFolder(tmp_path / "link")
