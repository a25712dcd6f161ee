"""Note the decisions about columns, each with the setting that decides otherwise."""

from collections.abc import Iterator, Mapping

from shared.text import join_some, quote
from trainer.dataset.columns.alike_labels import find_alike
from trainer.dataset.columns.column_settings import ColumnSettings
from trainer.tables.columns.cells import Cells
from trainer.tables.columns.column_kind import ColumnKind
from trainer.tables.columns.known_spellings import is_missing_mark
from trainer.tables.columns.measures import find_measure
from trainer.tables.columns.value_counts import describe_counts


def note_kinds(
    kinds: Mapping[str, ColumnKind],
    cells: Mapping[str, Cells],
    target: str,
    settings: ColumnSettings,
) -> Iterator[str]:
    """Yield the notes in the order of the columns."""
    for name, kind in kinds.items():
        if name in settings.types:
            continue
        yield from _note_numbers(name, kind, settings, is_target=name == target)
        values = cells[name].values if name in cells else None
        if kind.type == "category" and values:
            yield from _note_values(name, values, settings, is_target=name == target)


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
    if measure := find_measure(values):
        yield (
            f"{quote(name)} is read as strings such as {quote(measure)}. To read numbers, leave "
            "out the unit."
        )
    if is_target and (alike := find_alike(values)):
        groups = join_some([" and ".join(map(quote, group)) for group in alike])
        yield f"{quote(name)} has classes that look alike: {groups}."


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
