"""The address of a database: its engine and its file, and no password."""

from pathlib import Path

import pytest

from shared.errors import SettingsError
from shared.settings import load_settings
from trainer.databases.address import DatabaseAddress
from trainer.settings import TrainerSettings, require_data_to_watch


@pytest.mark.parametrize(
    ("text", "engine"),
    [
        ("postgresql://ann@db.example.com:5433/shop?sslmode=verify-full", "postgresql"),
        ("postgres://localhost/shop", "postgresql"),
        ("postgresql:///shop?host=/run/postgresql", "postgresql"),
        ("postgresql://localhost:5432/shop?user=ann@example.com", "postgresql"),
        ("sqlite:///data/shop.db", "sqlite"),
        ("duckdb:////srv/shop.duckdb", "duckdb"),
    ],
)
def test_an_address_is_shown_as_it_was_written(text: str, engine: str) -> None:
    address = DatabaseAddress(text)
    assert (address, address.engine) == (text, engine)


def test_three_slashes_begin_in_the_current_folder_and_four_at_the_root() -> None:
    assert DatabaseAddress("sqlite:///data/a%20b.db").file == Path("data/a b.db")
    assert DatabaseAddress("duckdb:////srv/a.db").file == Path("/srv/a.db")


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://ann:hunter2@localhost/shop",
        "postgres://ann:hun/ter2@localhost/shop",
        "postgresql://:hunter2@localhost/shop",
        "postgresql://localhost/shop?password=hunter2",
        "postgresql://localhost/shop?user=ann&sslpassword=hunter2",
        "postgresql://ann:hunter2@localhost:port/shop",
        "postgresql://ann:12#ter2@localhost/shop",
        "postgresql://ann:12?ter2@localhost/shop",
        "postgresql://ann:12?ter2=@localhost/shop",
        "postgresql://ann:12?/ter2@localhost/shop",
        "postgresql://ann:12#/ter2@localhost/shop",
        "postgresql://localhost/shop?sslmode=require;password=hunter2",
    ],
)
def test_a_password_is_refused_and_not_shown(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRAINER_DATASET", text)
    with pytest.raises(SettingsError, match="TRAINER_DATABASE_PASSWORD_FILE") as refused:
        load_settings(TrainerSettings)
    assert "ter2" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mysql://localhost/shop", "begins with 'mysql', which is not a known database"),
        ("s3://bucket/shop.parquet", "begins with 's3', which is not a known database"),
        ("sqlite://shop.db", "names no file. Write sqlite:///"),
        ("duckdb:///", "names no file. Write duckdb:///"),
        ("sqlite:///shop.db?mode=rwc", "has options after a question mark"),
        ("postgresql://localhost/shop?sslmod=require", "has the unknown option 'sslmod'"),
        ("postgresql://[::1/shop", "is not an address of PostgreSQL"),
        ("postgresql://ann@one:5432,two:5432/shop", "is not an address of PostgreSQL"),
        ("postgresql://localhost/shop#sales", "is not an address of PostgreSQL"),
    ],
)
def test_another_address_is_refused_with_advice(
    text: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRAINER_DATASET", text)
    with pytest.raises(SettingsError) as refused:
        load_settings(TrainerSettings)
    assert said in str(refused.value)


def test_a_database_is_not_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRAINER_DATASET", "sqlite:///shop.db")
    monkeypatch.setenv("TRAINER_WATCH", "true")
    own = load_settings(TrainerSettings)
    assert own.watched is None
    with pytest.raises(SettingsError, match="database of SQLite, whose changes are not watched"):
        require_data_to_watch(own)
