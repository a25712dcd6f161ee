"""The file of API keys: its lines, its errors, and the command that makes a key."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from predictor.http.api_keys import follow_api_keys, hash_key, make_key, parse_keys
from shared.errors import ApiKeysError
from shared.store.store import ModelStore
from tests.support.processes.predictor import COMMAND, environment
from tests.support.project import ROOT

HASH = "0" * 64
GOOD = f"billing sha256:{HASH}"
BAD = {
    "empty": ("", "has no keys"),
    "only comments": ("# billing\n\n", "has no keys"),
    "a key instead of its hash": ("billing mgk_secret", "Line 1 of"),
    "a hash in capitals": (f"billing sha256:{'A' * 64}", "Line 1 of"),
    "a short hash": (f"\nbilling sha256:{HASH[1:]}", "Line 2 of"),
    "an unknown word": (f"{GOOD} off", "and the word disabled"),
    "two names": (f"bill ing sha256:{HASH}", "Line 1 of"),
    "no name": (f"sha256:{HASH}", "Line 1 of"),
    "a name of markup": (f"<b> sha256:{HASH}", "Line 1 of"),
    "a long name": (f"{'n' * 65} sha256:{HASH}", "Line 1 of"),
    "one key twice": (f"{GOOD}\n{GOOD} disabled", "has the hash of billing again"),
    "bytes that are not text": (f"{GOOD}\n\0\x80", "Line 2 of"),
    "too much": ("#" * (1 << 20) + "\n", "larger than 1048576 bytes"),
}


def write(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_bytes(text.encode("latin-1"))
    path.chmod(mode)
    return path


def test_lines_may_have_comments_blanks_and_several_keys_of_one_client() -> None:
    first, line = make_key("billing")
    second, other = make_key("billing")
    _, disabled = make_key("old.client-2")
    text = f"# clients\r\n\n {line}\n\t{other} \n{disabled}  disabled\n"
    found = parse_keys(Path("keys"), text.encode())
    assert found[hash_key(first.encode())].name == found[hash_key(second.encode())].name
    assert [key.is_disabled for key in found.values()] == [False, False, True]
    assert all(key.digest == digest for digest, key in found.items())


def test_a_file_of_a_windows_editor_is_read() -> None:
    found = parse_keys(Path("keys"), f"\ufeff{GOOD}\r\n".encode())
    assert [key.name for key in found.values()] == ["billing"]


@pytest.mark.parametrize("case", BAD)
def test_a_malformed_file_is_an_error_that_names_the_line_and_shows_no_content(
    tmp_path: Path, case: str
) -> None:
    text, message = BAD[case]
    path = write(tmp_path / "keys", text)
    with pytest.raises(ApiKeysError, match=message) as caught:
        follow_api_keys(path)
    assert str(path) in str(caught.value)
    assert "mgk_" not in str(caught.value)


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o604, 0o644])
def test_a_file_that_others_can_use_is_an_error(tmp_path: Path, mode: int) -> None:
    with pytest.raises(ApiKeysError, match="so other users can access it"):
        follow_api_keys(write(tmp_path / "keys", GOOD, mode))


@pytest.mark.parametrize("name", ["", "a b", "-x", "é", "n" * 65, "a\nb"])
def test_a_name_that_the_file_cannot_have_is_refused(name: str) -> None:
    with pytest.raises(ApiKeysError, match="cannot be the name of a key"):
        make_key(name)


def test_keys_are_long_and_never_the_same() -> None:
    keys = {make_key("billing")[0] for _ in range(100)}
    assert len(keys) == 100
    assert all(key.startswith("mgk_") and len(key) == 47 for key in keys)


def test_a_predictor_does_not_start_without_its_keys(store: ModelStore, tmp_path: Path) -> None:
    missing = tmp_path / "nothing"
    done = subprocess.run(
        COMMAND,
        cwd=ROOT,
        env=environment(store, PREDICTOR_API_KEYS_FILE=missing),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 1
    assert done.stderr == (
        f"The predictor cannot start. The file of API keys {missing} cannot be read: "
        "No such file or directory.\n"
    )


def api_key(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "deploy.local.api_key", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def test_the_command_adds_hashes_to_a_secret_file_and_prints_only_the_key(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "api-keys"
    first = api_key("billing", path)
    assert (first.returncode, stat.S_IMODE(path.stat().st_mode)) == (0, 0o600)
    path.write_text(path.read_text().rstrip("\n"))
    second = api_key("nightly", path)
    keys = parse_keys(path, path.read_bytes())
    for done, name in ((first, "billing"), (second, "nightly")):
        (key,) = done.stdout.splitlines()
        assert keys[hash_key(key.encode())].name == name
        assert key not in path.read_text() + done.stderr
        assert str(path) in done.stderr


def test_the_command_prints_the_line_or_the_reason_why_there_is_none(tmp_path: Path) -> None:
    done = api_key("billing")
    line = next(line for line in done.stderr.splitlines() if "sha256:" in line)
    assert hash_key(done.stdout.strip().encode()) in parse_keys(Path("keys"), line.encode())
    failed = api_key("billing", tmp_path)
    assert (failed.returncode, failed.stdout) == (1, "")
    assert failed.stderr == f"error: The key could not be added to {tmp_path}: Is a directory.\n"
    assert api_key("a b").stderr.startswith("error: 'a b' cannot be the name of a key.")
