"""Find labels that look alike, and so may be one class."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from shared.text import join_some, quote

_SHOWN_LABELS = 8


def describe_labels(labels: Sequence[str]) -> str:
    """List the first labels, and those that look alike: they may be one class."""
    shown = join_some([quote(label) for label in labels], _SHOWN_LABELS)
    alike = find_alike(labels)
    if not alike:
        return shown
    groups = join_some([" and ".join(map(quote, group)) for group in alike])
    return f"{shown} ({groups} look alike: write each class in one way)"


def find_alike(labels: Iterable[str], smallest: int = 2) -> list[list[str]]:
    """Group the labels that differ only in case, accents, blanks and hyphens within words.

    Groups have at least *smallest* labels.
    """
    groups: dict[str, list[str]] = {}
    for label in labels:
        skeleton = re.sub(r"\s+|(?<=[^\W\d_])[-_](?=[^\W\d_])", "", strip_marks(label))
        groups.setdefault(skeleton, []).append(label)
    return [group for group in groups.values() if len(group) >= smallest]


def strip_marks(label: str) -> str:
    """Return a label in small letters without accents."""
    if label.isascii():
        return label.lower()
    plain = unicodedata.normalize("NFKD", label).casefold()
    return "".join(c for c in plain if not unicodedata.combining(c))
