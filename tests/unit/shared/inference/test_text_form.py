"""Spellings that look alike have one normal form, and a name that is not found has a suggestion."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.inference.text_form import normalise_text
from shared.inference.text_index import TextIndex, suggest_name

BLANKS = [chr(code) for code in range(0x110000) if chr(code).isspace()]


@pytest.mark.parametrize(
    ("spelling", "normal"),
    [
        ("pay", "pay"),
        (" pay", "pay"),
        ("pay\t", "pay"),
        ("pay\r\n", "pay"),
        ("\ufeffpay", "pay"),
        ("pay\u200b", "pay"),
        ("pa\u00ady", "pay"),
        ("\u200epay\u200f", "pay"),
        ("\u202apay\u202c", "pay"),
        ("pa\u2060y", "pay"),
        ("unit  price", "unit price"),
        ("unit\u00a0price", "unit price"),
        ("unit\u202fprice", "unit price"),
        ("unit\u3000price", "unit price"),
        ("unit\u2003\u2009price", "unit price"),
        ("unit\nprice", "unit price"),
        ("unit \u200b price", "unit price"),
        (unicodedata.normalize("NFD", "größe"), "größe"),
        (unicodedata.normalize("NFD", "Łódź"), "Łódź"),
        (unicodedata.normalize("NFD", "한국"), "한국"),
        ("\u212bngstr\u00f6m", "Ångström"),
        ("o\u200b\u0308l", "öl"),
        ("", ""),
        (" \u00a0\u3000\t", ""),
        ("\ufeff", ""),
        # These look different, or are other letters.
        ("Pay", "Pay"),
        ("m\u00b2", "m\u00b2"),
        ("m2", "m2"),
        ("p\u0430y", "p\u0430y"),
        ("ﬁle", "ﬁle"),
        ("\uff11\uff12", "\uff11\uff12"),
        ("a-b", "a-b"),
        ("a\u2013b", "a\u2013b"),
        ("\U0001f469\u200d\U0001f467", "\U0001f469\u200d\U0001f467"),
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
        ("\u0645\u06cc\u200c", "\u0645\u06cc"),
        ("\ud800", "\ud800"),
    ],
)
def test_a_spelling_has_this_normal_form(spelling: str, normal: str) -> None:
    assert normalise_text(spelling) == normal


def test_every_blank_of_unicode_is_a_plain_blank() -> None:
    assert len(BLANKS) > 20
    for blank in BLANKS:
        assert normalise_text(f"{blank}a{blank}{blank}b{blank}") == "a b"


@given(st.text(st.sampled_from([*BLANKS, *"aé\u0301o\u0308\u200b\u200d\ufeff\u0327"])) | st.text())
def test_a_normal_form_is_its_own(text: str) -> None:
    normal = normalise_text(text)
    assert normalise_text(normal) == normal
    assert unicodedata.is_normalized("NFC", normal)
    assert normalise_text(unicodedata.normalize("NFD", normal)) == normal


def test_a_string_is_found_as_it_is_or_else_in_its_normal_form() -> None:
    index = TextIndex(["größe", " private", "state", "state ", "a  b"])
    assert index.find("größe") == 0
    assert index.find(unicodedata.normalize("NFD", "größe")) == 0
    assert index.find(" private") == 1
    assert index.find("private") == 1
    assert index.find("private ") == 1
    assert index.find("state ") == 3
    assert index.find("  state") == 2
    assert index.find("a\u00a0b") == 4
    assert index.find("Private") is None
    assert index.find("") is None


def test_of_two_strings_with_one_normal_form_the_normal_one_is_found() -> None:
    assert TextIndex(["pay ", "pay"]).find(" pay") == 1


@pytest.mark.parametrize(
    ("name", "suggested"),
    [
        ("Pay", "pay"),
        ("pya", "pay"),
        ("Unit price", "unit_price"),
        ("unitprice", "unit_price"),
        ("unit-price", "unit_price"),
        ("gross income", "größe income"),
        ("\uff30\uff21\uff39", "pay"),
    ],
)
def test_a_name_that_is_not_found_suggests_a_similar_one(name: str, suggested: str) -> None:
    assert suggest_name(name, ["age", "pay", "unit_price", "größe income"]).startswith(
        f" Did you mean {suggested!r}?"
    )


def test_a_name_like_no_other_suggests_nothing() -> None:
    assert suggest_name("zebra", ["age", "pay"]) == ""
    assert suggest_name("zebra", []) == ""
    assert suggest_name("", ["age"]) == ""


def test_a_suggestion_names_the_letters_that_only_look_the_same() -> None:
    assert suggest_name("p\u0430y", ["age", "pay"]) == (
        " Did you mean 'pay'? It has LATIN SMALL LETTER A instead of CYRILLIC SMALL LETTER A."
    )
    assert suggest_name("a\u2013b", ["a-b"]) == (
        " Did you mean 'a-b'? It has HYPHEN-MINUS instead of EN DASH."
    )


def test_names_of_any_length_and_number_are_compared_in_bounded_time() -> None:
    assert suggest_name("x" * 10_000_000, [f"column {number}" for number in range(100_000)]) == ""
