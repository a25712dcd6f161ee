"""Names and lists of any length are short in a message."""

from shared.text import join_some, quote, shorten


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
