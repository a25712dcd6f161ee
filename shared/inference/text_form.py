"""The normal form of names and strings, so that spellings that look alike are equal.

Training reads every column name, category, class and row key in this form. Serving looks up a name
or a string that it does not know in this form again.
"""

import unicodedata
from collections.abc import Callable, Mapping, Sequence

from shared.contract.documents import TextForm

_INVISIBLE = dict.fromkeys(
    [
        0x00AD,  # soft hyphen
        0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A),  # direction
        0x180E, 0x200B, 0x2060, *range(0x2061, 0x2065), 0xFEFF,  # blanks without width, BOM
    ]
)  # fmt: skip
_ENDS = " \u200c\u200d"
"""A joiner changes how the characters beside it look, so it is removed at the ends only."""

TEXT_FORMS: Mapping[TextForm, Callable[[str], str]] = {
    "lower": str.lower,
    "upper": str.upper,
    "casefold": str.casefold,
    "title": str.title,
    "capitalize": str.capitalize,
}
"""The forms in which a feature may be looked up."""


def normalise_text(text: str) -> str:
    """Return the normal form of *text*.

    - Characters that are never visible are removed.
    - Letters with accents are single characters where Unicode has them (form NFC).
    - Every run of blanks, tabs and line ends of Unicode is one plain blank.
    - Nothing is at the ends but visible characters.

    Case, punctuation, and letters of different alphabets that look alike are not changed. The
    normal form of a normal form is itself.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", text.translate(_INVISIBLE))
    return " ".join(text.split()).strip(_ENDS)


def index_text_forms(categories: Sequence[str], form: TextForm) -> dict[str, float]:
    """Return the code of the first category with each text in this form."""
    change = TEXT_FORMS[form]
    return {change(text): float(code) for code, text in reversed([*enumerate(categories)])}
