"""Messages of servers of PostgreSQL in several languages."""

import pytest

from trainer.databases.address import DatabaseAddress
from trainer.databases.messages import explain_query

ADDRESS = DatabaseAddress("postgresql://ann@localhost/shop")


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ('ERROR:  column "nope" does not exist\nLINE 1: …', 'column "nope" does not exist'),
        ("FEHLER:  Spalte »nope« existiert nicht\nZEILE 1: …", "Spalte »nope« existiert nicht"),
        ("ERREUR:  division par zéro\n", "division par zéro"),
        ("ОШИБКА:  деление на ноль\n", "деление на ноль"),
    ],
)
def test_the_sentence_of_a_server_is_found_in_its_language(message: str, said: str) -> None:
    raw = f"[libpq] Failed to prepare query: {message}\nQuery was: select nope:  x. SQLSTATE: 42703"
    assert f"the server says {said!r}" in explain_query(ADDRESS, raw)
