"""The text of a query, and the file with the password."""

from pathlib import Path

import pytest

from shared.errors import SettingsError
from trainer.databases.address import DatabaseAddress
from trainer.databases.request import QueryRequest, read_request

SERVER = DatabaseAddress("postgresql://ann@localhost/shop")
FILE = DatabaseAddress("sqlite:///shop.db")
QUERY = "select 1 as a"


def refuse(query: str, password: Path | None = None, address: DatabaseAddress = SERVER) -> str:
    with pytest.raises(SettingsError) as refused:
        read_request(address, query, password, 1.0)
    return str(refused.value)


def test_a_query_may_be_in_a_file_with_several_lines(tmp_path: Path) -> None:
    path = tmp_path / "shop.SQL"
    path.write_text("\ufeffselect 1 as a\n-- of all\n", encoding="utf-8")
    assert read_request(FILE, str(path), None, 1.0).query == "select 1 as a\n-- of all"
    assert read_request(FILE, f" {QUERY};\n", None, 1.0).query == f"{QUERY};"


def test_an_unusable_query_is_refused(tmp_path: Path) -> None:
    empty, binary = tmp_path / "empty.sql", tmp_path / "binary.sql"
    empty.write_text(" \n")
    binary.write_bytes(b"\xff\xfe\x00")
    assert "TRAINER_QUERY is not set" in refuse(" ")
    assert "cannot be read: No such file or directory" in refuse(str(tmp_path / "no.sql"))
    assert "is empty" in refuse(str(empty))
    assert "is not in UTF-8" in refuse(str(binary))
    assert "has several lines" in refuse("select 1\nas a")
    assert "has 20,001 characters; at most 20,000" in refuse("x" * 20_001)


def test_a_password_is_one_line_of_a_file_that_others_cannot_read(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("hunter2 \r\n")
    path.chmod(0o600)
    request = read_request(SERVER, QUERY, path, 1.0)
    assert request.password == "hunter2 "  # noqa: S105 - not a real one
    assert "hunter2" not in repr(request)
    path.chmod(0o644)
    assert "has mode 0644" in refuse(QUERY, path)
    path.chmod(0o600)
    for content in (b"", b"\n", b"one\ntwo\n", b"x" * 5000):
        path.write_bytes(content)
        assert "does not have one line with a password" in refuse(QUERY, path)
    assert "cannot be read" in refuse(QUERY, tmp_path / "no")
    assert "SQLite has no passwords" in refuse(QUERY, path, FILE)


def test_a_message_never_contains_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "of the environment")
    request = QueryRequest(SERVER, QUERY, 1.0, "hunter2")
    assert request.hide_secrets("hunter2, of the environment!") == "***, ***!"
