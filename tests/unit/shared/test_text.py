"""Names and lists of any length are short in a message."""

import pytest

from shared.text import join_some, make_printable, quote, shorten, to_printable


@pytest.mark.parametrize("code", [0x00, 0x0A, 0x1B, 0x7F, 0x85, 0x9B, 0x200B, 0x2028, 0x2029])
def test_a_character_that_a_terminal_obeys_or_hides_is_escaped(code: int) -> None:
    shown = to_printable(f"a{chr(code)}b")
    assert shown.isascii()
    assert shown == f"a{chr(code)}b".encode("unicode_escape").decode()


@pytest.mark.parametrize("text", ["\u202e", "\u2066", "\ufeff", "\U000e0001", "\ud800", "\ue000"])
def test_text_that_cannot_be_seen_or_encoded_is_escaped(text: str) -> None:
    assert to_printable(text).isascii()


@pytest.mark.parametrize("text", ["Größe in m²", "価格", "é", "a\u00a0b", "🚲", "C:\\new"])
def test_other_text_is_not_changed(text: str) -> None:
    assert to_printable(text) == text


def test_strings_and_keys_of_json_are_escaped_and_all_else_stays() -> None:
    found = {"a\x9b": ["b\n", 1, None, {2: True, "é": 0.5}]}
    assert make_printable(found) == {"a\\x9b": ["b\\n", 1, None, {2: True, "é": 0.5}]}


def test_a_long_text_is_cut_and_ends_with_an_ellipsis() -> None:
    assert shorten("abcdef", 6) == "abcdef"
    assert shorten("abcdefg", 6) == "abcde…"


def test_a_quoted_text_can_be_encoded_and_is_on_one_line() -> None:
    quoted = quote("a\n\udc80" + "b" * 100)
    assert quoted.startswith(r"'a\n\udc80b")
    assert quoted.endswith("b…'")
    assert quoted.encode()


def test_a_long_list_shows_its_first_names_and_counts_the_others() -> None:
    assert join_some(["a", "b"], 2) == "a, b"
    assert join_some(["a", "b", "c", "d"], 2) == "a, b and 2 more"
