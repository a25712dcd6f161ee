"""A key file holds what it should, or the start says what is wrong with it."""

import shutil
import subprocess
from pathlib import Path

import pytest

from shared.contract.signatures import known_keys, signing_key
from shared.errors import KeyFileError
from tests.support.stores.signing import Keys

RSA = """-----BEGIN PUBLIC KEY-----
MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKxWQzKTV1vG4sHTJq8L8hH8yqGpqCXM
-----END PUBLIC KEY-----
"""


def test_without_a_file_there_is_no_key() -> None:
    assert signing_key(None) is None
    assert known_keys(None) is None


@pytest.mark.parametrize("mode", [0o604, 0o644, 0o660, 0o666])
def test_a_private_key_that_others_can_use_is_refused(keys: Keys, mode: int) -> None:
    path = keys.directory / "trainer.pem"
    path.chmod(mode)
    with pytest.raises(KeyFileError, match=f"mode {mode:04o}.*chmod 600 {path}"):
        signing_key(path)
    path.chmod(0o640)
    assert signing_key(path) is not None, "a group may read it"


@pytest.mark.parametrize("read", [signing_key, known_keys])
def test_a_file_that_is_not_there_is_named(read: "type[object]", tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match=r"nothing\.pem cannot be read: No such file"):
        read(tmp_path / "nothing.pem")  # type: ignore[call-arg]  # two kinds of key


@pytest.mark.parametrize("content", ["", "no key", RSA, "-----BEGIN PRIVATE KEY-----\n"])
def test_a_file_without_a_key_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key.pem"
    path.write_text(content)
    path.chmod(0o600)
    for read in (signing_key, known_keys):
        with pytest.raises(KeyFileError, match=r"must contain .*Ed25519.*make keys"):
            read(path)


def test_the_other_half_of_a_pair_is_refused(keys: Keys) -> None:
    public, private = keys.directory / "trainer.pub.pem", keys.directory / "trainer.pem"
    public.chmod(0o600)
    with pytest.raises(KeyFileError, match="one private Ed25519 key"):
        signing_key(public)
    with pytest.raises(KeyFileError, match="only public Ed25519 keys in PEM"):
        known_keys(private)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl")
@pytest.mark.parametrize(
    ("made", "says"),
    [
        (["-algorithm", "RSA"], "not one of another kind"),
        (["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], "not one of another kind"),
        (["-algorithm", "ed448"], "not one of another kind"),
        (["-algorithm", "ed25519", "-aes256", "-pass", "pass:secret"], "without a password"),
    ],
)
def test_keys_of_other_kinds_are_refused(tmp_path: Path, made: list[str], says: str) -> None:
    private, public = tmp_path / "key.pem", tmp_path / "key.pub.pem"
    subprocess.run(
        ["openssl", "genpkey", *made, "-out", str(private)], check=True, capture_output=True
    )
    private.chmod(0o600)
    with pytest.raises(KeyFileError, match=says):
        signing_key(private)
    if "-pass" in made:
        return
    command = ["openssl", "pkey", "-in", str(private), "-pubout", "-out", str(public)]
    subprocess.run(command, check=True, capture_output=True)
    with pytest.raises(KeyFileError, match="not keys of another kind"):
        known_keys(public)


def test_a_file_may_hold_several_public_keys_with_notes_between_them(keys: Keys) -> None:
    files = [keys.directory / f"{owner}.pub.pem" for owner in ("trainer", "gatekeeper")]
    together = keys.directory / "known.pem"
    together.write_text("".join(f"# since May\n{file.read_text()}" for file in files))
    found = known_keys(together)
    assert found is not None
    assert found.fingerprints == (keys.trainer.fingerprint, keys.gatekeeper.fingerprint)
