"""One rule for secret files: others cannot read them, except in memory that only we can see."""

from collections.abc import Callable
from pathlib import Path

import pytest

import shared.secret_file
from gatekeeper.api.bearer_token import TokenFile
from shared.container.mounts import Mount, find_mount
from shared.errors import TokenError
from shared.secret_file import read_secret
from tests.support.processes.unprivileged_user import NOBODY, as_another_user

CONTENT = b"a secret of the test"


def secret(directory: Path, mode: int) -> Path:
    path = directory / "secret"
    path.write_bytes(CONTENT)
    path.chmod(mode)
    return path


def read(path: Path) -> bytes:
    return read_secret(path, "token file", 4096, TokenError)


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o440, 0o640])
def test_a_file_for_owner_and_group_is_read(tmp_path: Path, mode: int) -> None:
    assert read(secret(tmp_path, mode)) == CONTENT


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o620, 0o660, 0o601, 0o642, 0o444])
def test_a_file_that_others_can_access_is_refused_with_a_remedy(tmp_path: Path, mode: int) -> None:
    path = secret(tmp_path, mode)
    with pytest.raises(TokenError, match=rf"has mode {mode:04o}.*Run `chmod 600 {path}`"):
        read(path)


@pytest.mark.parametrize(
    ("mount", "mode", "is_read"),
    [
        (Mount("tmpfs", is_read_only=True), 0o644, True),
        (Mount("tmpfs", is_read_only=True), 0o444, True),
        (Mount("ramfs", is_read_only=True), 0o644, True),
        (Mount("tmpfs", is_read_only=True), 0o666, False),
        (Mount("tmpfs", is_read_only=True), 0o755, False),
        (Mount("tmpfs", is_read_only=False), 0o644, False),
        (Mount("ext4", is_read_only=True), 0o644, False),
        (None, 0o644, False),
    ],
)
def test_others_may_read_a_secret_only_in_memory_that_is_mounted_read_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mount: Mount | None, mode: int, is_read: bool
) -> None:
    """tests/compose/test_kubernetes_mounts.py has the same with a real mount."""
    monkeypatch.setattr(shared.secret_file, "find_mount", lambda _: mount)
    path = secret(tmp_path, mode)
    if is_read:
        assert read(path) == CONTENT
    else:
        with pytest.raises(TokenError, match="other users can access it"):
            read(path)


def test_a_user_who_cannot_change_the_mode_is_told_who_can(
    tmp_path: Path, open_to_all: Callable[[Path], None]
) -> None:
    """A Secret of Kubernetes belongs to root, and no service is root."""
    path = secret(tmp_path, 0o644)
    open_to_all(tmp_path)

    def use() -> None:
        with pytest.raises(TokenError, match=r"Its owner, user 0, can run.*defaultMode: 0440"):
            read(path)

    as_another_user(use)


def test_a_file_that_this_user_may_not_read_is_explained(
    tmp_path: Path, open_to_all: Callable[[Path], None]
) -> None:
    path = secret(tmp_path, 0o400)
    open_to_all(tmp_path)

    def use() -> None:
        with pytest.raises(TokenError) as refused:
            read(path)
        assert "user 0 and group" in str(refused.value)
        assert f"mode 0400, and this service is user {NOBODY}" in str(refused.value)
        assert "fsGroup" in str(refused.value)

    as_another_user(use)


def test_a_secret_that_kubernetes_replaces_is_read_through_its_links(tmp_path: Path) -> None:
    """The file is a link into `..data`, which is a link that is replaced in one step."""
    for number in (1, 2):
        version = tmp_path / f"..version-{number}"
        version.mkdir()
        (version / "token").write_text(f"the token of version {number}\n")
        (version / "token").chmod(0o440)
    (tmp_path / "..data").symlink_to("..version-1")
    (tmp_path / "token").symlink_to("..data/token")
    token = TokenFile(tmp_path / "token")
    assert token.matches("the token of version 1")
    (tmp_path / "..next").symlink_to("..version-2")
    (tmp_path / "..next").rename(tmp_path / "..data")
    assert token.matches("the token of version 2")
    assert not token.matches("the token of version 1")


def process(directory: Path, mountinfo: str) -> Path:
    """Describe a process whose descriptor 3 is a file of mount 36."""
    (directory / "fdinfo").mkdir()
    (directory / "fdinfo" / "3").write_text("pos:\t0\nflags:\t0100000\nmnt_id:\t36\nino:\t7\n")
    (directory / "mountinfo").write_text(mountinfo)
    return directory


@pytest.mark.parametrize(
    ("line", "mount"),
    [
        (
            "36 35 0:50 / /secrets ro,relatime shared:9 master:1 - tmpfs tmpfs rw,size=64k",
            Mount("tmpfs", is_read_only=True),
        ),
        ("36 35 0:50 / /secrets rw - tmpfs tmpfs rw", Mount("tmpfs", is_read_only=False)),
        ("36 35 0:50 / /s rw - tmpfs tmpfs ro,size=64k", Mount("tmpfs", is_read_only=True)),
        ("36 35 8:1 /a\\040b /s ro - ext4 /dev/sda1 rw", Mount("ext4", is_read_only=True)),
        ("35 1 0:50 / /secrets ro - tmpfs tmpfs ro", None),
        ("", None),
    ],
)
def test_the_mount_of_an_open_file_is_found_by_its_id(
    tmp_path: Path, line: str, mount: Mount | None
) -> None:
    other = "1 0 0:3 / / rw,relatime - overlay overlay rw\n"
    assert find_mount(3, process(tmp_path, other + line)) == mount


def test_a_system_without_this_information_has_no_mount(tmp_path: Path) -> None:
    assert find_mount(3, tmp_path) is None


def test_the_mount_of_a_real_file_is_found(tmp_path: Path) -> None:
    with secret(tmp_path, 0o600).open() as file, Path("/proc/self/status").open() as status:
        own, proc = find_mount(file.fileno()), find_mount(status.fileno())
    assert own is not None
    assert not own.is_read_only
    assert proc is not None
    assert proc.kind == "proc"
