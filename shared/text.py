"""Short forms of names and lists, for messages about data of any size."""

from collections.abc import Sequence


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
