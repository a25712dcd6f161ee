"""A key for a client is printed once, and only its hash is kept."""

import hashlib
import stat
from pathlib import Path

import pytest

from deploy.local import api_key


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr("sys.argv", ["api_key", *map(str, arguments)])
    return api_key.main()


def test_without_a_file_the_line_is_printed_for_a_person(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "shop") == 0
    printed = capsys.readouterr()
    digest = hashlib.sha256(printed.out.strip().encode()).hexdigest()
    assert f"shop sha256:{digest}" in printed.err


def test_a_file_gets_one_line_for_each_key_and_only_its_owner_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "keys" / "clients"
    assert run(monkeypatch, "shop", file) == 0
    file.write_bytes(file.read_bytes().rstrip(b"\n"))  # as an editor may leave it
    assert run(monkeypatch, "app", file) == 0
    assert [line.split()[0] for line in file.read_text().splitlines()] == ["shop", "app"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for key in capsys.readouterr().out.split():
        assert key not in file.read_text()


@pytest.mark.parametrize("name", ["", "two words"])
def test_a_name_that_a_line_cannot_hold_is_refused(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, name) == 1
    printed = capsys.readouterr()
    assert printed.err.startswith("error: ")
    assert printed.out == ""


def test_a_file_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "shop", tmp_path) == 1
    printed = capsys.readouterr()
    assert f"The key could not be added to {tmp_path}: Is a directory." in printed.err
    assert printed.out == ""
