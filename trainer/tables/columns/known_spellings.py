"""Know the spellings of booleans, and of values that are probably missing."""

from collections.abc import Collection

BOOLEANS = {
    **dict.fromkeys(("true", "yes", "t", "y", "1", "1.0", "ja", "j", "wahr", "oui", "o"), True),
    **dict.fromkeys(("vrai", "v", "si", "sí", "sì", "s", "verdadero", "vero", "sim"), True),
    **dict.fromkeys(("verdadeiro", "waar"), True),
    **dict.fromkeys(("false", "no", "f", "n", "0", "0.0", "nein", "falsch", "non", "faux"), False),
    **dict.fromkeys(("falso", "não", "nao", "nee", "onwaar"), False),
}
"""The spellings of a boolean that TRAINER_TYPES allows, in small letters.

They are in English, German, French, Spanish, Italian, Portuguese and Dutch, as the names of months.
"""
_PAIRS = (
    *({"yes", "no"}, {"y", "n"}, {"t", "f"}, {"ja", "nein"}, {"j", "n"}, {"wahr", "falsch"}),
    *({"oui", "non"}, {"vrai", "faux"}, {"si", "no"}, {"sí", "no"}, {"sì", "no"}, {"ja", "nee"}),
    *({"verdadero", "falso"}, {"vero", "falso"}, {"verdadeiro", "falso"}, {"waar", "onwaar"}),
    *({"sim", "não"}, {"sim", "nao"}),
)
"""The words of one language. Other letters than these may be anything, such as s and n."""
_SURE_BOOLEANS = ("true", "false")
_POSSIBLE_BOOLEANS = (*_SURE_BOOLEANS, "1", "0")

_MISSING_MARKS = frozenset((
    *("?", "??", "???", "-", "--", "---", "\u2013", "\u2014", ".", "..", "...", "\\n"),
    *("n.a.", "n.a", "n/a", "#n/a", "#na", "n/d", "n.d.", "k.a.", "nan", "null", "<na>", "(null)"),
    *("#ref!", "#div/0!", "#value!", "#name?", "#num!", "#null!"),
))  # fmt: skip
"""Marks that seldom mean anything but a missing value, in small letters."""
_MISSING_WORDS = frozenset((
    *("*", "/", "\\", "_", "x", "xx", "na", "nd", "nat", "nil", "none", "void", "error", "tbd"),
    *("missing", "unknown", "undefined", "unbekannt", "empty", "blank", "(blank)", "no data"),
    *("not available", "not applicable", "keine angabe", "k. a."),
))  # fmt: skip
"""Values that mean a missing value beside numbers."""


def is_missing_mark(text: str) -> bool:
    """Say whether a string probably means a missing value, also among categories."""
    return text.lower() in _MISSING_MARKS


def may_be_missing(text: str) -> bool:
    """Say whether a cell probably means a missing value, beside numbers or booleans."""
    return text.lower() in _MISSING_MARKS | _MISSING_WORDS


def are_booleans(values: Collection[str]) -> bool:
    """Say whether all values are booleans without a doubt: at least one is true or false."""
    small = {value.lower() for value in values}
    return small.issubset(_POSSIBLE_BOOLEANS) and not small.isdisjoint(_SURE_BOOLEANS)


def is_boolean_word(value: str) -> bool:
    """Say whether a value is the word true or false."""
    return value.lower() in _SURE_BOOLEANS


def are_yes_and_no(values: Collection[str]) -> bool:
    """Say whether the values are two words for yes and no, or for true and false."""
    return {value.lower() for value in values} in _PAIRS
