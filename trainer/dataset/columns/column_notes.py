"""Note the decisions about columns, each with the setting that decides otherwise."""

from collections.abc import Iterator, Mapping

from shared.text import join_some, quote
from trainer.dataset.columns.column_questions import question_labels
from trainer.dataset.columns.column_settings import ColumnSettings
from trainer.tables.by_products import NAMES_THE_ROWS
from trainer.tables.columns.cells import Cells
from trainer.tables.columns.column_kind import ColumnKind
from trainer.tables.columns.known_spellings import are_yes_and_no, is_missing_mark
from trainer.tables.columns.text_shapes import find_shape
from trainer.tables.columns.value_counts import describe_counts

_USABLE_TYPES = {
    "number": "number",
    "boolean": "boolean",
    "category": "category",
    "time": "category",
}
"""The type for TRAINER_TYPES that makes a column of a kind a feature."""


def note_kinds(
    kinds: Mapping[str, ColumnKind],
    cells: Mapping[str, Cells],
    target: str | None,
    settings: ColumnSettings,
) -> Iterator[str]:
    """Yield the notes in the order of the columns, and then one for all words such as yes."""
    for name, kind in kinds.items():
        if name in settings.types:
            continue
        yield from _note_numbers(name, kind, settings, is_target=name == target)
        if name not in cells:
            continue
        found = cells[name]
        if kind.type == "number" and found.exponent and not kind.equal_numbers:
            yield (
                f"{quote(name)} is read as numbers, and {quote(found.exponent)} is "
                f"{float(found.exponent):g}. If it holds codes, set "
                f"{settings.with_types({name: 'category'})}"
            )
        if kind.type == "category" and found.values:
            yield from _note_values(name, found.values, settings, is_target=name == target)
            yield from question_labels(name, found.values, is_target=name == target)
            if kind.code is None and _are_half_numbers(found):
                yield (
                    f"{quote(name)} is read as strings, because some cells are not numbers: "
                    f"{describe_counts(found.others)}. To read numbers, correct these cells."
                )
    yield from _note_words(kinds, cells, target, settings)


def _note_words(
    kinds: Mapping[str, ColumnKind],
    cells: Mapping[str, Cells],
    target: str | None,
    settings: ColumnSettings,
) -> Iterator[str]:
    """Yield a note for all categories that are words for yes and no."""
    found = {
        name: values
        for name, kind in kinds.items()
        if kind.type == "category" and name not in {*settings.types, target} and name in cells
        if (values := cells[name].values) and are_yes_and_no(values)
    }
    if found:
        name, *others = found
        words = " and ".join(map(quote, sorted(found[name])))
        also = f", and {join_some([*map(quote, others)])} likewise" if others else ""
        booleans = settings.with_types(dict.fromkeys(found, "boolean"))
        yield (
            f"{quote(name)} is read as the categories {words}{also}. To read booleans, which are "
            f"true and false in requests, set {booleans}"
        )


def _are_half_numbers(cells: Cells) -> bool:
    return bool(cells.others) and 2 * cells.numbers >= cells.count


def _note_values(
    name: str, values: Mapping[str, int], settings: ColumnSettings, *, is_target: bool
) -> Iterator[str]:
    marks = {text: rows for text, rows in values.items() if is_missing_mark(text)}
    if marks and is_target:
        yield (
            f"{quote(name)} has the class {describe_counts(marks)}. If it means a missing value, "
            "remove these rows."
        )
    elif marks:
        yield (
            f"{quote(name)} has the category {describe_counts(marks)}. If it means a missing "
            f"value, set {settings.with_missing({name: marks})}"
        )
    if shape := find_shape(values):
        yield (
            f"{quote(name)} is read as strings such as {quote(shape.example)}, which look like "
            f"{shape.name}. To read numbers, {shape.advice}. If they are categories, set "
            f"{settings.with_types({name: 'category'})}"
        )


def note_by_products(
    reasons: Mapping[str, str], kinds: Mapping[str, ColumnKind], settings: ColumnSettings
) -> Iterator[str]:
    """Yield a note for each column that is left out, with its reason."""
    for name, reason in reasons.items():
        kind = kinds[name]
        type_ = kind.number_format.name if kind.number_format else _USABLE_TYPES.get(kind.type)
        advice = ""
        if type_ and reason != NAMES_THE_ROWS:
            advice = f" To use it, set {settings.with_types({name: type_})}"
        yield f"{quote(name)} {reason}, so it is not a feature.{advice}"


def _note_numbers(
    name: str, kind: ColumnKind, settings: ColumnSettings, *, is_target: bool
) -> Iterator[str]:
    as_number = settings.with_types({name: "number"})
    if kind.code:
        yield (
            f"{quote(name)} is read as strings, because {kind.code}. If it holds numbers, set "
            f"{as_number}"
        )
    elif kind.are_whole_numbers and not is_target:
        yield (
            f"{quote(name)} is read as strings, as in the file, but all of them are numbers. To "
            f"read numbers, set {as_number}"
        )
    elif kind.equal_numbers:
        first, second = map(quote, kind.equal_numbers)
        yield (
            f"{quote(name)} is read as numbers, and {first} and {second} are one number. If it "
            f"holds codes, set {settings.with_types({name: 'category'})}"
        )
