"""The token is created once, kept secret, and read again at each use."""

import os
import stat
from pathlib import Path

import pytest

from gatekeeper.api.bearer_token import TokenFile, create_own_token
from shared.errors import TokenError
from shared.store.store import ModelStore


def secret(path: Path, content: bytes = b"s3cret of the test\n", mode: int = 0o600) -> TokenFile:
    path.write_bytes(content)
    path.chmod(mode)
    return TokenFile(path)


def test_the_store_gets_a_random_token_that_only_its_owner_reads(store: ModelStore) -> None:
    previous = os.umask(0)
    try:
        token = create_own_token(store.layout)
    finally:
        os.umask(previous)
    assert stat.S_IMODE(store.layout.token.stat().st_mode) == 0o600
    assert len(token.read()) >= 32
    assert create_own_token(store.layout).read() == token.read(), "a second start keeps it"
    other = store.layout.token.read_bytes()
    store.layout.token.unlink()
    assert create_own_token(store.layout).read().encode() not in other


def test_only_the_exact_token_matches(tmp_path: Path) -> None:
    token = secret(tmp_path / "token")
    assert token.matches("s3cret of the test")
    for wrong in (
        "",
        "s3cret of the tes",
        "s3cret of the test ",
        "S3CRET OF THE TEST",
        "é",
        "s3cret of the test\n",
    ):
        assert not token.matches(wrong), wrong


def test_replacing_the_file_replaces_the_token_without_a_restart(tmp_path: Path) -> None:
    token = secret(tmp_path / "token")
    secret(tmp_path / "new", b"another of the test").read()
    (tmp_path / "new").rename(tmp_path / "token")
    assert token.matches("another of the test")
    assert not token.matches("s3cret of the test")


@pytest.mark.parametrize("content", [b"", b"\n", b"  \t\n"])
def test_an_empty_token_file_is_an_error(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(TokenError, match="is empty"):
        secret(tmp_path / "token", content).matches("")


@pytest.mark.parametrize("content", [b"x", b"15 characters..", b" 15 characters.. \n"])
def test_a_short_token_is_an_error(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(TokenError, match="at least 16 are required"):
        secret(tmp_path / "token", content).read()
    assert secret(tmp_path / "token", b"16 characters...").read() == "16 characters..."


@pytest.mark.parametrize("content", [b"\xff\xfe", "pässwort".encode(), b"two\nlines", b"x" * 5000])
def test_a_token_must_be_one_line_of_ascii_text(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(TokenError, match="one line of ASCII"):
        secret(tmp_path / "token", content).read()


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o620, 0o666, 0o601])
def test_a_token_file_that_others_can_use_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(TokenError, match=f"mode 0{mode:03o}.*chmod 600"):
        secret(tmp_path / "token", mode=mode).read()


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o440, 0o640])
def test_the_group_may_read_the_token_file(tmp_path: Path, mode: int) -> None:
    assert secret(tmp_path / "token", mode=mode).read() == "s3cret of the test"


def test_a_missing_token_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TokenError, match="nowhere cannot be read: No such file"):
        TokenFile(tmp_path / "nowhere").read()
