"""Columns of persons and of single things are recognised, and other categories are not."""

import pytest

from trainer.dataset.columns.single_things import describe_things

FIRST = ("Anna", "Max", "Zoë", "Jean-Luc", "Łucja", "D'Arcy")
LAST = ("Huber", "Maier", "O'Neil", "de Vries", "von der Au", "Özdemir", "Smith-Jones")
PAIRS = [(first, last) for first in FIRST for last in LAST]
PERSONS: dict[str, str] = {
    "plain": "{0} {1}",
    "the last name first": "{1}, {0}",
    "a title": "Dr. {0} {1}",
    "an initial": "{0} M. {1}",
}
THINGS: dict[str, tuple[list[str], str]] = {
    "capitals": ([f"{a} {b}".upper() for a, b in PAIRS], "names of persons"),
    "numbers of phones": ([f"(0{n}) 555-{1000 + n}" for n in range(100, 160)], "phone numbers"),
    "American phones": ([f"555-{n}-{1000 + n}" for n in range(100, 160)], "phone numbers"),
    "links": ([f"https://example.com/{n}" for n in range(50)], "links"),
    "digests": ([f"{n * 7919:040x}" for n in range(10**9, 10**9 + 50)], "identifiers"),
}
OTHERS: dict[str, list[str]] = {
    "few persons": [f"{a} {b}" for a, b in PAIRS[:15]],
    "towns and states": [f"{town}ton, {state}" for town in "ABCDEFGHIJ" for state in ("TX", "NY")],
    "products": [f"{a.title()} Shirt {n}" for a in ("red", "blue") for n in range(12)],
    "sizes": [f"{n} x {n + 2}" for n in range(30)],
    "words": [f"word {chr(97 + n)}" for n in range(26)],
    "years": [f"{1990 + n}/{1991 + n}" for n in range(30)],
    "ends of towns": [f"{a} {b}" for a in map(chr, range(65, 85)) for b in ("North", "South")],
}


def with_rows(values: list[str], rows: int = 9) -> dict[str, int]:
    return dict.fromkeys(values, rows)


@pytest.mark.parametrize("form", PERSONS.values(), ids=PERSONS)
def test_persons_are_recognised_in_each_form(form: str) -> None:
    values = [form.format(*pair) for pair in PAIRS]

    assert describe_things(with_rows(values)) == "look like names of persons"
    assert describe_things(with_rows([*values, "unknown", "?"])) == "look like names of persons"
    assert describe_things(with_rows(values, rows=1000)) is None, "a model can learn their effect"


@pytest.mark.parametrize(("values", "described"), THINGS.values(), ids=THINGS)
def test_single_things_are_recognised(values: list[str], described: str) -> None:
    assert describe_things(with_rows(values)) == f"look like {described}"


def test_codes_are_identifiers_only_if_they_rarely_repeat() -> None:
    codes = [f"AB-{1000 + n}" for n in range(40)]

    assert describe_things(with_rows(codes, rows=3)) == "look like identifiers"
    assert describe_things(with_rows(codes, rows=30)) is None


@pytest.mark.parametrize("values", OTHERS.values(), ids=OTHERS)
def test_other_categories_are_not_questioned(values: list[str]) -> None:
    assert describe_things(with_rows(values)) is None
