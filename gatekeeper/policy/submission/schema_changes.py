"""What does a challenger change for the clients of the champion?"""

import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gatekeeper.policy.terms.comparability import LONGEST_NAME, find_missing, quote_name
from shared.contract.documents import Artefact, Feature
from shared.inference.missing_values import list_features
from shared.inference.text_index import TextIndex
from shared.text import join_some, shorten

MOST_SHOWN = 8
"""Most changes in one message; it counts the others."""
_LONGEST_SETTING = 400
"""A longer value of TRAINER_MISSING is not proposed."""


@dataclass(frozen=True)
class SchemaChange:
    """One difference between the feature schemas or responses of champion and challenger."""

    what: str
    had: str
    """The champion's value, in a few words."""
    has: str
    """The challenger's value."""
    sentence: str
    """The change for people, without a full stop."""
    breaks: bool
    """Whether a valid request would be refused, or its response be misread."""


def find_changes(champion: Artefact, challenger: Artefact) -> tuple[SchemaChange, ...]:
    """Return all changes that clients could notice, breaking ones first.

    Features are matched as the predictor matches the names in a request, in any spelling.
    Other categories or ranges, and features that may now be missing, are not changes: valid
    requests remain valid, and responses keep their form.
    """
    changes = (
        *_feature_changes(champion.features, challenger.features),
        *_order_changes(champion.features, challenger.features),
        *_missing_changes(list_features(champion), list_features(challenger)),
        *_response_changes(champion, challenger),
    )
    return tuple(sorted(changes, key=lambda change: not change.breaks))


def _feature_changes(had: Sequence[Feature], has: Sequence[Feature]) -> Iterator[SchemaChange]:
    old, new = (TextIndex(feature.name for feature in features) for features in (had, has))
    for feature in had:
        if new.find(feature.name) is None:
            yield _feature_change(feature, None, "was removed")
    for feature in has:
        place = old.find(feature.name)
        before = None if place is None else had[place]
        if before is None and feature.nullable:
            said = f"({feature.type}) is new, and rows given as lists now have {len(has)} values"
            yield _feature_change(None, feature, said, breaks=False)
        elif before is None:
            yield _feature_change(None, feature, f"({feature.type}) is new and required")
        elif before.type != feature.type:
            said = f"was a {before.type} and is now a {feature.type}"
            yield _feature_change(before, feature, said)
        elif before.nullable and not feature.nullable:
            yield _feature_change(before, feature, "must no longer be missing")


def _feature_change(
    had: Feature | None, has: Feature | None, said: str, *, breaks: bool = True
) -> SchemaChange:
    name = next(feature.name for feature in (has, had) if feature)
    what, sentence = f"feature {shorten(name, LONGEST_NAME)}", f"{quote_name(name)} {said}"
    return SchemaChange(what, _describe_type(had), _describe_type(has), sentence, breaks)


def _describe_type(feature: Feature | None) -> str:
    if feature is None:
        return "none"
    return f"{feature.type} or null" if feature.nullable else feature.type


def _order_changes(had: Sequence[Feature], has: Sequence[Feature]) -> Iterator[SchemaChange]:
    old, new = (TextIndex(feature.name for feature in features) for features in (had, has))
    before = [place for feature in had if (place := new.find(feature.name)) is not None]
    after = [place for place, feature in enumerate(has) if old.find(feature.name) is not None]
    for was, now in zip(before, after, strict=False):
        if was != now:
            first, second = quote_name(has[was].name), quote_name(has[now].name)
            yield SchemaChange(
                what="order of features",
                had=f"{first} before {second}",
                has=f"{second} before {first}",
                sentence=f"{second} is now before {first}, so rows given as lists would be misread",
                breaks=True,
            )
            return


def _missing_changes(had: Sequence[Feature], has: Sequence[Feature]) -> Iterator[SchemaChange]:
    """Name strings that a feature took as missing values. Null remains one, so nothing breaks."""
    old = TextIndex(feature.name for feature in had)
    for feature in has:
        place = old.find(feature.name)
        if place is None or not (feature.nullable and had[place].nullable):
            continue
        before, after = had[place].missing_values or (), feature.missing_values or ()
        if gone := find_missing(before, after):
            yield SchemaChange(
                what="missing values",
                had=_join(before),
                has=_join(after) or "none",
                sentence=f"{_join(gone)} no longer count as missing in "
                f"{quote_name(feature.name)}{_propose_missing(had, has, (*after, *gone))}",
                breaks=False,
            )
            return  # the list of most features is the same


def _propose_missing(
    had: Sequence[Feature], has: Sequence[Feature], spellings: Sequence[str]
) -> str:
    """Write the setting that keeps these missing values, if they are those of all features."""
    lists = [{f.missing_values or () for f in features if f.nullable} for features in (had, has)]
    setting = f"TRAINER_MISSING={shlex.quote(json.dumps(spellings))}"
    if any(len(each) > 1 for each in lists) or len(setting) > _LONGEST_SETTING:
        return ""
    return f" (to keep them, train with {setting})"


def _response_changes(champion: Artefact, challenger: Artefact) -> Iterator[SchemaChange]:
    if champion.task != challenger.task:
        tasks = champion.task, challenger.task
        said = f"it was a {tasks[0]} and is now a {tasks[1]}"
        yield SchemaChange("task", *tasks, said, breaks=True)
        return
    had, has = champion.classes, challenger.classes
    if had != has:
        said, breaks = _class_change(had, has)
        yield SchemaChange("classes", _join(had), _join(has), said, breaks)
    if champion.has_probabilities and not challenger.has_probabilities:
        said = "responses no longer have probabilities"
        yield SchemaChange("probabilities", "given", "none", said, breaks=True)


def _class_change(had: Sequence[str], has: Sequence[str]) -> tuple[str, bool]:
    """Describe the change, and return whether an index or a name changes its meaning."""
    if gone := find_missing(had, has):
        return f"{_join(gone)} is not a class any more", True
    for index, (before, after) in enumerate(zip(had, has, strict=False)):
        if before != after:
            return f"class {index} was {quote_name(before)} and is now {quote_name(after)}", True
    return f"{_join(find_missing(has, had))} is a new class", False


def _join(names: Sequence[str]) -> str:
    return join_some([quote_name(name) for name in names], MOST_SHOWN)
