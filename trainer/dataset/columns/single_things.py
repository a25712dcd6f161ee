"""Recognise categories that name single persons or things, such as names and addresses."""

import re
from collections.abc import Collection, Mapping

MIN_VALUES = 20
"""Fewer different values are a category, also if they are names."""
_MOST = 0.8
_MAX_ROWS = 100
"""Largest mean number of rows of a value. A model can learn the effect of values with more."""
_FEW_ROWS = 5
_FEWEST_ROWS = 2.5
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")
_PHONE = re.compile(
    r"(?:\+|00|0|\()[0-9](?:[-/. ()]{0,2}[0-9]){6,14}|[0-9]{3}[-. ][0-9]{3}[-. ][0-9]{4}"
)
_HEX = re.compile(r"(?=.*[0-9])\{?[0-9a-fA-F]{8,}(?:-?[0-9a-fA-F]{4,})*\}?")
_CODE = re.compile(r"[A-Za-z]{1,5}[-_/# ]?[0-9]{4,}|[0-9]{6,}")
_LINK = re.compile(r"(?:https?://|www\.)\S+")
_KINDS = (
    ("look like e-mail addresses", _EMAIL),
    ("look like phone numbers", _PHONE),
    ("look like links", _LINK),
    ("look like identifiers", _HEX),
)
_TITLES = {"dr", "prof", "mr", "mrs", "ms", "miss", "mag", "ing", "dipl", "herr", "frau", "sir"}
_PARTICLES = {
    *("de", "da", "di", "do", "dos", "del", "della", "la", "le", "el", "al", "y", "bin"),
    *("van", "von", "vom", "zu", "zum", "zur", "der", "den", "ter"),
}
_MAX_WORDS = 4


def describe_things(values: Mapping[str, int]) -> str | None:
    """Describe the single persons or things that most of the values are; None for a category.

    *values* are by their rows.
    """
    mean = sum(values.values()) / len(values)
    if len(values) < MIN_VALUES or mean > _MAX_ROWS:
        return None
    if _are_persons(values):
        return "look like names of persons"
    for described, pattern in _KINDS:
        if _fit_most(values, pattern):
            return described
    if mean <= _FEW_ROWS and _fit_most(values, _CODE):
        return "look like identifiers"
    return "are in few rows each" if mean <= _FEWEST_ROWS else None


def _fit_most(values: Collection[str], pattern: re.Pattern[str]) -> bool:
    return sum(map(bool, map(pattern.fullmatch, values))) >= _MOST * len(values)


def _are_persons(values: Collection[str]) -> bool:
    """Decide whether most values have the form of a name.

    Last names differ at least half as much as first names. The last words of job titles and
    products do not: Sales Manager, Area Manager.
    """
    persons = filter(_is_person, values)
    names = [
        [*words[1:], words[0]] if words[0].endswith(",") else words
        for words in map(str.split, persons)
    ]
    firsts, lasts = ({name[place] for name in names} for place in (0, -1))
    return len(names) >= _MOST * len(values) and 2 * len(lasts) >= len(firsts)


def _is_person(value: str) -> bool:
    """Decide whether a value is two to four words with capitals, such as Anna de Vries."""
    words = [word.rstrip(".") for word in value.replace(",", " ").split()]
    names = [word for word in words if word.lower() not in _TITLES]
    if not 1 < len(names) <= _MAX_WORDS:
        return False
    if any(word.isupper() and len(word) > 1 for word in names) and not value.isupper():
        return False  # as in Austin, TX
    letters = [word.replace("-", "").replace("'", "").replace("\u2019", "") for word in names]
    return all(word.isalpha() and (word[0].isupper() or word in _PARTICLES) for word in letters)
