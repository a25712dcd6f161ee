"""Find labels that are probably one: they differ in case or blanks, or a rare one is misspelt."""

import re
from collections.abc import Mapping, Sequence

from trainer.dataset.columns.alike_labels import find_alike, strip_marks
from trainer.tables.columns.value_counts import sort_by_count

_TIMES = 5
"""A label is misspelt only if another one has at least this many times its rows."""
_MIN_LETTERS = 5
"""The letters of a word that may have one wrong letter."""
_MIN_LETTERS_OF_TWO = 9
"""The letters of a word that may have two wrong letters."""
_MAX_OTHER_LETTERS = 4
"""Letters that only one of two labels has, after two edits."""
_WORDS = re.compile(r"[^\W\d_]+|\d+")
_CAMEL = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])")


def group_labels(rows: Mapping[str, int]) -> list[dict[str, int]]:
    """Return the groups of labels that may be one, with their rows; *rows* are by label."""
    alike = find_alike(rows, smallest=1)
    groups = [{label: rows[label] for label in _sort(labels, rows)} for labels in alike]
    groups.sort(key=lambda group: -sum(group.values()))
    words = [_split(next(iter(group))) for group in groups]
    letters = [_encode_letters(label) for label in words]
    totals = [sum(group.values()) for group in groups]
    for rare in range(len(groups) - 1, 0, -1):
        for usual in range(rare):
            if totals[usual] < _TIMES * totals[rare]:
                break
            others = (letters[usual] ^ letters[rare]).bit_count()
            if others <= _MAX_OTHER_LETTERS and _are_misspelt(words[usual], words[rare]):
                groups[usual] |= groups[rare]
                groups[rare] = {}
                break
    return [group for group in groups if len(group) > 1]


def _sort(labels: Sequence[str], rows: Mapping[str, int]) -> list[str]:
    return sort_by_count({label: rows[label] for label in labels})


def _split(label: str) -> list[str]:
    """Return the words and the numbers of a label, in small letters without accents."""
    return _WORDS.findall(strip_marks(_CAMEL.sub(" ", label)))


def _encode_letters(words: Sequence[str]) -> int:
    """Return a number with a bit for each letter that the words have."""
    return sum(1 << place for place in {ord(letter) % 64 for letter in "".join(words)})


def _are_misspelt(usual: Sequence[str], rare: Sequence[str]) -> bool:
    """Decide whether the labels are equal but for one word, in which letters are wrong."""
    if len(usual) != len(rare):
        return False
    others = [pair for pair in zip(usual, rare, strict=True) if pair[0] != pair[1]]
    return len(others) == 1 and _is_misspelt(*others[0])


def _is_misspelt(usual: str, rare: str) -> bool:
    """Decide whether a few letters are missing, added, replaced or swapped.

    People seldom mistype the first letter, and never leave out a digit. Two wrong letters side by
    side are often another word, such as hypertension and hypotension.
    """
    letters = min(len(usual), len(rare))
    if letters < _MIN_LETTERS or abs(len(usual) - len(rare)) > 2:  # noqa: PLR2004 - two edits
        return False
    if usual[0] != rare[0] and usual[:2] != rare[1::-1]:
        return False
    if not (usual.isalpha() and rare.isalpha()):
        return False
    if is_within(usual, rare, 1):
        return True
    cores = [core[::-1] for core in _strip_start(*(w[::-1] for w in _strip_start(usual, rare)))]
    are_apart = not set(cores[0]).isdisjoint(cores[1])
    return letters >= _MIN_LETTERS_OF_TWO and are_apart and is_within(usual, rare, 2)


def is_within(first: str, second: str, edits: int) -> bool:
    """Decide whether some edits make two strings equal: letters added, removed or replaced.

    A swap of two neighbours is one edit, as in the distance of Damerau and Levenshtein.
    """
    first, second = _strip_start(first, second)
    if not first or not second or not edits:
        return max(len(first), len(second)) <= edits
    return (
        is_within(first[1:], second[1:], edits - 1)
        or is_within(first[1:], second, edits - 1)
        or is_within(first, second[1:], edits - 1)
        or (first[:2] == second[1::-1] and is_within(first[2:], second[2:], edits - 1))
    )


def _strip_start(first: str, second: str) -> tuple[str, str]:
    """Remove the beginning that two strings share."""
    shared = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        shared += 1
    return first[shared:], second[shared:]
