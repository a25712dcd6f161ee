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


def question_numbers(columns: FeatureColumns, dropped: tuple[str, ...]) -> Iterator[str]:
    """Yield a note for each column of numbers that look like days or like an identifier.

    *dropped* are the columns that TRAINER_DROP names already.
    """
    for name in columns.days:
        yield (
            f"{quote(name)} is read as numbers, and all of them look like days, such as 20240131. "
            f"If they are dates, leave the column out: set {_drop(name, dropped)}"
        )
    for name, (lowest, highest) in columns.identifiers.items():
        yield (
            f"{quote(name)} has whole numbers from {lowest:.0f} to {highest:.0f} that never "
            "repeat, like an identifier. If it is one, leave the column out: set "
            f"{_drop(name, dropped)}"
        )


def question_constants(features: Sequence[Feature], dropped: tuple[str, ...]) -> str | None:
    """Return a note about features with one value in all rows; None without any.

    *dropped* are the columns that TRAINER_DROP names already.
    """
    names = [feature.name for feature in features if _is_constant(feature)]
    if not names:
        return None
    has, them = ("has", "it") if len(names) == 1 else ("have", "them")
    return (
        f"{join_some([*map(quote, names)])} {has} one value in every row, so a model learns "
        f"nothing from {them}. To leave {them} out, set {_drop_all(names, dropped)}"
    )


def _is_constant(feature: Feature) -> bool:
    is_one = len(feature.categories or ()) == 1
    if feature.type == "number":
        is_one = feature.minimum == feature.maximum
    return is_one and not feature.nullable


def question_categories(
    name: str, values: Mapping[str, int], dropped: tuple[str, ...]
) -> Iterator[str]:
    """Yield the notes about a feature whose categories, *values*, are counted by their rows."""
    if described := describe_things(values):
        yield (
            f"{quote(name)} has {len(values)} different values in {sum(values.values())} rows. "
            f"They {described}, such as {quote(max(values, key=values.__getitem__))}. If new rows "
            f"have other values, leave the column out: set {_drop(name, dropped)}"
        )
    if alike := describe_alike(values):
        yield (
            f"{quote(name)} has categories that look alike: {alike}. If these are one category, "
            "write it in one way."
        )


def question_classes(name: str, values: Mapping[str, int]) -> Iterator[str]:
    """Yield a note if classes of the target look alike; *values* are counted by their rows."""
    if alike := describe_alike(values):
        yield f"{quote(name)} has classes that look alike: {alike}. Write each class in one way."


def describe_alike(values: Mapping[str, int]) -> str:
    """List the groups of labels that may be one, with their rows; empty without any."""
    groups = group_labels(values)
    shown = "; ".join(map(describe_counts, groups[:_SHOWN_GROUPS]))
    more = len(groups) - _SHOWN_GROUPS
    return f"{shown}; and {more} more groups" if more > 0 else shown


def _drop(name: str, dropped: tuple[str, ...]) -> str:
    return _drop_all([name], dropped)


def _drop_all(names: Sequence[str], dropped: tuple[str, ...]) -> str:
    return f"TRAINER_DROP={format_names((*dropped, *names))}"
