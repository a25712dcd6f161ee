"""What a challenger changes for the champion's clients, and whether both can be compared. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shared.contract.documents import Artefact, Feature

MOST_SHOWN = 8
"""Differences in one message; it says how many more there are."""
LONGEST_NAME = 40
"""Characters of a feature's or a class's name in a message."""

_WITHOUT_BOUND = ("neg_log_loss", "d2_log_loss_score")
"""What a model loses in these for a class that it gives no chance is infinite."""


@dataclass(frozen=True)
class SchemaChange:
    """One thing that the challenger takes or answers otherwise than the champion."""

    what: str
    had: str
    """How it is with the champion, in a few words."""
    has: str
    """How it is with the challenger."""
    sentence: str
    """The same for people, without a full stop."""
    breaks: bool
    """Whether a client that is right today would be refused or misread what it gets tomorrow."""


def find_changes(champion: Artefact, challenger: Artefact) -> tuple[SchemaChange, ...]:
    """All that clients could notice, what breaks them first.

    Other categories, ranges, and a feature that may be missing from now on, are no difference:
    what was accepted is accepted, and answers have the same form.
    """
    found = (
        *_of_features(champion.features, challenger.features),
        *_of_order(champion.features, challenger.features),
        *_of_answers(champion, challenger),
    )
    return tuple(sorted(found, key=lambda difference: not difference.breaks))


def why_not_comparable(champion: Artefact, challenger: Artefact, metric: str) -> str:
    """Why the champion cannot be scored on the challenger's holdout; empty where it can.

    `shared.inference.feature_encoding.convert_codes` adapts its rows, and the classes' names its
    predictions.
    """
    if champion.task != challenger.task:
        return f"it is a {champion.task} and the challenger a {challenger.task}."
    known = {feature.name: feature for feature in challenger.features}
    for feature in champion.features:
        given = known.get(feature.name)
        if given is None:
            return f"it takes {quote_name(feature.name)}, which the challenger's rows lack."
        if given.type != feature.type:
            return (
                f"it takes {quote_name(feature.name)} as a {feature.type}, "
                f"and the challenger's rows hold a {given.type}."
            )
    for name in _missing(champion.classes, challenger.classes):
        return f"it answers {quote_name(name)}, which is none of the challenger's classes."
    if metric in _WITHOUT_BOUND:
        for name in unknown_classes(champion, challenger):
            return f"it gives the class {quote_name(name)} no chance, so its log loss has no bound."
    return ""


def unknown_classes(champion: Artefact, challenger: Artefact) -> list[str]:
    """The challenger's classes that the champion can never answer."""
    return _missing(challenger.classes, champion.classes)


def quote_name(name: str) -> str:
    """A name of any length and any characters, in quotes on one line."""
    return repr(_cut(name))


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def _of_features(had: Sequence[Feature], has: Sequence[Feature]) -> Iterator[SchemaChange]:
    old, new = ({feature.name: feature for feature in features} for features in (had, has))
    for feature in had:
        if feature.name not in new:
            yield _feature(feature, None, "is not taken any more")
    for feature in has:
        before = old.get(feature.name)
        if before is None and feature.nullable:
            said = f"({feature.type}) is new, and rows given as lists now hold {len(has)} values"
            yield _feature(None, feature, said, breaks=False)
        elif before is None:
            yield _feature(None, feature, f"({feature.type}) is new and must be given")
        elif before.type != feature.type:
            yield _feature(before, feature, f"was a {before.type} and is a {feature.type}")
        elif before.nullable and not feature.nullable:
            yield _feature(before, feature, "must not be missing any more")


def _feature(
    had: Feature | None, has: Feature | None, said: str, *, breaks: bool = True
) -> SchemaChange:
    name = next(feature.name for feature in (has, had) if feature)
    what, sentence = f"feature {_cut(name)}", f"{quote_name(name)} {said}"
    return SchemaChange(what, _kind(had), _kind(has), sentence, breaks)


def _kind(feature: Feature | None) -> str:
    if feature is None:
        return "none"
    return f"{feature.type} or null" if feature.nullable else feature.type


def _of_order(had: Sequence[Feature], has: Sequence[Feature]) -> Iterator[SchemaChange]:
    common = {feature.name for feature in had} & {feature.name for feature in has}
    orders = ([feature.name for feature in of if feature.name in common] for of in (had, has))
    for before, after in zip(*orders, strict=False):
        if before != after:
            first, second = quote_name(before), quote_name(after)
            yield SchemaChange(
                what="order of features",
                had=f"{first} before {second}",
                has=f"{second} before {first}",
                sentence=f"{second} stands before {first} now, "
                "so that rows given as lists would be misread",
                breaks=True,
            )
            return


def _of_answers(champion: Artefact, challenger: Artefact) -> Iterator[SchemaChange]:
    if champion.task != challenger.task:
        tasks = champion.task, challenger.task
        yield SchemaChange("task", *tasks, f"it was a {tasks[0]} and is a {tasks[1]}", breaks=True)
        return
    had, has = champion.classes, challenger.classes
    if had != has:
        said, breaks = _class_change(had, has)
        yield SchemaChange("classes", _listed(had), _listed(has), said, breaks)
    if champion.has_probabilities and not challenger.has_probabilities:
        said = "answers have no probabilities any more"
        yield SchemaChange("probabilities", "given", "none", said, breaks=True)


def _class_change(had: Sequence[str], has: Sequence[str]) -> tuple[str, bool]:
    """What to say, and whether an index or a name means something else, or nothing, from now on."""
    if gone := _missing(had, has):
        return f"{_listed(gone)} is no class any more", True
    for index, (before, after) in enumerate(zip(had, has, strict=False)):
        if before != after:
            return f"class {index} is {quote_name(after)} and was {quote_name(before)}", True
    return f"{_listed(_missing(has, had))} is a new class", False


def _missing(names: Sequence[str], among: Sequence[str]) -> list[str]:
    known = set(among)
    return [name for name in names if name not in known]


def _listed(names: Sequence[str]) -> str:
    """Names for people, the first few of many."""
    few = ", ".join(quote_name(name) for name in names[:MOST_SHOWN])
    return f"{few} and {len(names) - MOST_SHOWN} more" if len(names) > MOST_SHOWN else few
