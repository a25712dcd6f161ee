"""Note the decisions about the columns of a table, each with the setting that decides otherwise."""

from collections.abc import Iterator

from shared.text import quote
from trainer.dataset.column_settings import ColumnSettings
from trainer.tables.columns.column_kind import ColumnKind, describe_counts
from trainer.tables.columns.known_spellings import is_missing_mark
from trainer.tables.table_kinds import TableKinds


def note_kinds(
    found: TableKinds, target: str, settings: ColumnSettings, missing_in_format: tuple[str, ...]
) -> Iterator[str]:
    """Yield the notes in the order of the columns."""
    for name, kind in found.kinds.items():
        if name in settings.types:
            continue
        yield from _note_kind(name, kind, settings, is_target=name == target)
        values = found.cells[name].values if name in found.cells else None
        marks = {text: rows for text, rows in (values or {}).items() if is_missing_mark(text)}
        if kind.type == "category" and marks:
            advice = f"set {settings.with_missing({name: marks}, missing_in_format)}"
            if name == target:
                advice = "remove these rows"
            yield (
                f"{quote(name)} has the category {describe_counts(marks)}. If it means a missing "
                f"value, {advice}"
            )


def _note_kind(
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
