"""Can the champion be scored on the challenger's holdout?"""

from collections.abc import Sequence

from shared.contract.documents import Artefact
from shared.inference.text_index import TextIndex
from shared.text import quote

LONGEST_NAME = 40
"""Most characters of a feature's or a class's name in a message."""
_UNBOUNDED = ("neg_log_loss", "d2_log_loss_score")
"""Metrics with an infinite loss when the true class has probability 0."""


def why_not_comparable(champion: Artefact, challenger: Artefact, metric: str) -> str:
    """Return why the champion cannot be scored on the challenger's holdout; empty if it can.

    `shared.inference.feature_encoding` converts the rows. Predictions are matched by the names
    of the classes.
    """
    if champion.task != challenger.task:
        return f"it is a {champion.task} and the challenger a {challenger.task}."
    names = TextIndex(feature.name for feature in challenger.features)
    for feature in champion.features:
        place = names.find(feature.name)
        if place is None:
            return f"it takes {quote_name(feature.name)}, which the challenger's rows lack."
        given = challenger.features[place]
        if given.type != feature.type:
            return (
                f"it takes {quote_name(feature.name)} as a {feature.type}, "
                f"but the challenger's rows have a {given.type}."
            )
    for name in find_missing(champion.classes, challenger.classes):
        return f"it predicts {quote_name(name)}, which is not a class of the challenger."
    if metric in _UNBOUNDED:
        for name in unknown_classes(champion, challenger):
            return f"it gives the class {quote_name(name)} probability 0, so its loss is infinite."
    return ""


def unknown_classes(champion: Artefact, challenger: Artefact) -> list[str]:
    """Return the challenger's classes that the champion can never predict."""
    return find_missing(challenger.classes, champion.classes)


def find_missing(names: Sequence[str], among: Sequence[str]) -> list[str]:
    """Return the names that *among* lacks, in their order."""
    known = set(among)
    return [name for name in names if name not in known]


def quote_name(name: str) -> str:
    """Put a name of any length and any characters in quotes on one line."""
    return quote(name, LONGEST_NAME)
