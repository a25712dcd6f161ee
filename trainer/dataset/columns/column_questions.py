"""Question columns: do they identify rows or persons, are they dates, are two categories one?

A question never stops a run. It is a note that says what to do if the answer is yes.
"""

from collections.abc import Iterator, Mapping, Sequence

from shared.contract.documents import Feature
from shared.text import join_some, quote
from trainer.dataset.columns.dropped_columns import format_names
from trainer.dataset.columns.misspelt_labels import group_labels
from trainer.dataset.columns.single_things import describe_things
from trainer.tables.columns.value_counts import describe_counts
from trainer.tables.feature_columns import FeatureColumns

_SHOWN_GROUPS = 3


def question_columns(
    columns: FeatureColumns,
    features: Sequence[Feature],
    values: Mapping[str, Mapping[str, int]],
    dropped: tuple[str, ...],
) -> Iterator[str]:
    """Yield a note for each feature that looks like days, an identifier, or single things.

    Another note is about all features with one value.

    *values* are those of the categories, by their rows. *dropped* are the columns that TRAINER_DROP
    names already. The last note leaves out all of the columns, if there are several.
    """
    questions = {
        **{name: _question_days(name) for name in columns.days},
        **{name: _question_identifier(name, *own) for name, own in columns.identifiers.items()},
        **{name: text for name, own in values.items() if (text := _question_things(name, own))},
    }
    for name, text in questions.items():
        yield f"{text}, leave the column out: set {_drop((*dropped, name))}"
    constants = [feature.name for feature in features if _is_constant(feature)]
    if constants:
        has, them = ("has", "it") if len(constants) == 1 else ("have", "them")
        yield (
            f"{join_some([*map(quote, constants)])} {has} one value in every row, so a model "
            f"learns nothing from {them}. To leave {them} out, set {_drop((*dropped, *constants))}"
        )
    everything = (*questions, *constants)
    if questions and everything[1:]:
        names = join_some([*map(quote, everything)])
        yield f"To leave out all of {names}, set {_drop((*dropped, *everything))}"


def _is_constant(feature: Feature) -> bool:
    is_one = len(feature.categories or ()) == 1
    if feature.type == "number":
        is_one = feature.minimum == feature.maximum
    return is_one and not feature.nullable


def _question_days(name: str) -> str:
    return (
        f"{quote(name)} is read as numbers, and all of them look like days, such as 20240131. "
        "If they are dates"
    )


def _question_identifier(name: str, lowest: float, highest: float) -> str:
    return (
        f"{quote(name)} has whole numbers from {lowest:.0f} to {highest:.0f} that never repeat, "
        "like an identifier. If it is one"
    )


def _question_things(name: str, values: Mapping[str, int]) -> str | None:
    described = describe_things(values)
    if described is None:
        return None
    return (
        f"{quote(name)} has {len(values)} different values in {sum(values.values())} rows. "
        f"They {described}, such as {quote(max(values, key=values.__getitem__))}. If new rows have "
        "other values"
    )


def question_labels(name: str, values: Mapping[str, int], *, is_target: bool) -> Iterator[str]:
    """Yield a note if categories or classes look alike; *values* are counted by their rows."""
    alike = describe_alike(values)
    if alike and is_target:
        yield f"{quote(name)} has classes that look alike: {alike}. Write each class in one way."
    elif alike:
        yield (
            f"{quote(name)} has categories that look alike: {alike}. If these are one category, "
            "write it in one way."
        )


def describe_alike(values: Mapping[str, int]) -> str:
    """List the groups of labels that may be one, with their rows; empty without any."""
    groups = group_labels(values)
    shown = "; ".join(map(describe_counts, groups[:_SHOWN_GROUPS]))
    more = len(groups) - _SHOWN_GROUPS
    return f"{shown}; and {more} more groups" if more > 0 else shown


def _drop(names: tuple[str, ...]) -> str:
    return f"TRAINER_DROP={format_names(names)}"
