"""Text that others wrote, in a form that is short and safe to print."""

import functools
import unicodedata
from collections.abc import Sequence
from typing import Any


def to_printable(text: object) -> str:
    r"""Return *text* on one line, with every character escaped that a terminal may obey or hide.

    These are control characters (C0 and C1), and separators of lines and paragraphs. Others
    change the direction of text, have no width, or are lone surrogates or unassigned.
    An escape has Python's form, such as `\x1b` or `\u202e`.
    """
    found = str(text)
    return found if found.isprintable() else "".join(map(_escape, found))


def to_printable_lines(text: object) -> str:
    """Return *text* like `to_printable`, but keep its line ends: for messages of several lines."""
    return "\n".join(to_printable(line) for line in str(text).split("\n"))


def make_printable(value: Any) -> Any:
    """Return decoded JSON in which every string, also of a key, is printable on one line."""
    if isinstance(value, str):
        return to_printable(value)
    if isinstance(value, dict):
        return {make_printable(key): make_printable(part) for key, part in value.items()}
    return [make_printable(part) for part in value] if isinstance(value, list) else value


@functools.lru_cache(maxsize=1024)
def _escape(character: str) -> str:
    is_safe = character.isprintable() or unicodedata.category(character) == "Zs"
    return character if is_safe else character.encode("unicode_escape").decode("ascii")


def shorten(text: str, limit: int = 64) -> str:
    """Cut *text* to *limit* characters; an ellipsis is then the last of them."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def quote(text: str, limit: int = 64) -> str:
    """Shorten *text* and put it in quotes, with every unprintable character escaped."""
    return repr(shorten(text, limit))


def join_some(names: Sequence[str], limit: int = 5) -> str:
    """Join the first *limit* names with commas, and count the others."""
    some = ", ".join(names[:limit])
    return some if len(names) <= limit else f"{some} and {len(names) - limit} more"
