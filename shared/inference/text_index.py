"""Find a name or a string among known ones, as it is or in its normal form."""

import re
import unicodedata
from collections.abc import Collection, Iterable
from difflib import SequenceMatcher, get_close_matches

from shared.inference.text_form import normalise_text

_MAX_CHARACTERS = 64
"""Characters of a name that are compared and shown."""
_MAX_COMPARED = 1000
"""Known names that are compared with a misspelt one; this takes about 10 ms."""
_SHORT = 4
_LIKENESS, _LIKENESS_OF_SHORT = 0.75, 0.6
"""The least `difflib` ratio of a suggestion. A wrong letter is a large part of a short name."""
_SEPARATORS = re.compile(r"[\W_]+")


class TextIndex:
    """The places of known strings."""

    def __init__(self, known: Iterable[str]) -> None:
        self._places = {text: place for place, text in enumerate(known)}
        self._normal: dict[str, int] = {}
        for text, place in self._places.items():
            normal = normalise_text(text)
            self._normal.setdefault(normal, self._places.get(normal, place))

    def find(self, text: str) -> int | None:
        """Return the place of *text*; if it is not known, of a string with the same normal form."""
        place = self._places.get(text)
        return self._normal.get(normalise_text(text)) if place is None else place


def suggest_name(name: str, known: Collection[str]) -> str:
    """Ask whether the most similar of the *known* names was meant; "" if none is similar.

    The question begins with a blank, to follow another sentence.
    """
    similar = find_similar(name, known)
    if not similar:
        return ""
    names = " or ".join(repr(meant[:_MAX_CHARACTERS]) for meant in similar)
    return f" Did you mean {names}?{_explain_difference(name, similar[0])}"


def find_similar(name: str, known: Collection[str]) -> list[str]:
    """Return the most similar of the *known* names: none, one, or two that are equally similar."""
    by_letters: dict[str, str] = {}
    for each in known:
        if len(by_letters) == _MAX_COMPARED:
            break
        by_letters.setdefault(_letters(each), each)
    letters = _letters(name)
    likeness = _LIKENESS_OF_SHORT if len(letters) <= _SHORT else _LIKENESS
    found = get_close_matches(letters, by_letters, n=2, cutoff=likeness)
    if len(found) > 1 and _measure(letters, found[0]) > _measure(letters, found[1]):
        found.pop()
    return [by_letters[each] for each in found]


def _measure(letters: str, other: str) -> float:
    """Return the likeness of two names, as `get_close_matches` measures it."""
    return SequenceMatcher(None, other, letters).ratio()


def _letters(name: str) -> str:
    """Reduce a name to what people remember: letters and digits, in lower case."""
    plain = unicodedata.normalize("NFKC", normalise_text(name[:_MAX_CHARACTERS])).casefold()
    return _SEPARATORS.sub("", plain) or plain


def _explain_difference(name: str, meant: str) -> str:
    """Name the first two characters that differ if they may look the same."""
    if len(name) != len(meant):
        return ""
    first, second = next(pair for pair in zip(name, meant, strict=True) if pair[0] != pair[1])
    if first.isascii() and second.isascii():
        return ""
    names = [unicodedata.name(each, f"U+{ord(each):04X}") for each in (second, first)]
    return f" It has {names[0]} instead of {names[1]}."
