"""The names of a table's columns: as its file has them, and in their normal form."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from shared.errors import DatasetError
from shared.inference.text_form import normalise_text
from shared.inference.text_index import suggest_name
from shared.text import join_some, quote
from trainer.tables.string_spellings import quote_spelling


class ColumnNames:
    """The names of one file. Everything but its reader uses the normal ones.

    A column without a name gets the one that pandas gives it: `Unnamed: 0` for the first column.
    """

    def __init__(self, written: Sequence[str]) -> None:
        self.written = tuple(written)
        """As the file has them."""
        self.normal = _name_all(tuple(map(normalise_text, written)))
        self.nameless = frozenset(
            name
            for name, text in zip(self.normal, written, strict=True)
            if not normalise_text(text)
        )
        """The normal names of columns that have none in the file."""
        self._written = dict(zip(self.normal, self.written, strict=True))

    def find_written(self, columns: Sequence[str]) -> list[str]:
        """Return the names in the file of the normal names *columns*."""
        return [self._written[name] for name in columns]

    def normalise_schema(self, schema: pa.Schema) -> pa.Schema:
        """Return the schema of the file with normal names."""
        names = zip(self.normal, schema, strict=True)
        return pa.schema([field.with_name(name) for name, field in names])

    def normalise_batch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return a batch of some columns of the file with normal names."""
        normal = dict(zip(self.written, self.normal, strict=True))
        return batch.rename_columns([normal[name] for name in batch.schema.names])

    def require_usable(self, path: Path) -> None:
        """Raise DatasetError for a name that is duplicated or has control characters."""
        seen: dict[str, str] = {}
        for number, (written, name) in enumerate(
            zip(self.written, self.normal, strict=True), start=1
        ):
            if any(character < " " or character == "\x7f" for character in name):
                raise DatasetError(
                    f"Column {number} of {path} has control characters in its name {name!r:.80}. "
                    "Rename it."
                )
            other = seen.setdefault(name, written)
            if other != written:
                raise DatasetError(
                    f"{path} has two columns that are both read as {quote(name)}: "
                    f"{quote_spelling(other)} and {quote_spelling(written)}. Rename one of them."
                )
        names = [name for name in self.written if name.strip()]
        duplicates = sorted({name for name in names if names.count(name) > 1})
        if duplicates:
            raise DatasetError(
                f"{path} has more than one {format_columns(duplicates)}. Rename the duplicates."
            )

    def find(self, setting: str, asked: Sequence[str], source: str) -> tuple[str, ...]:
        """Return the normal names of the columns *asked* for in *setting*.

        Raises DatasetError for a name that *source* does not have; it suggests one that looks
        like it.
        """
        for name in asked:
            if normalise_text(name) in self._written:
                continue
            hint = suggest_name(name, self.normal)
            if len(self.written) == 1 and any(sign in self.written[0] for sign in ";\t|"):
                hint = " A CSV file must have commas between its columns."
            raise DatasetError(
                f"{setting}={name} is not in {source}, which has "
                f"{format_columns(list(self.normal))}.{hint}"
            )
        return tuple(map(normalise_text, asked))

    @property
    def note(self) -> str | None:
        """A sentence about the names that are written otherwise; None if there are none."""
        pairs = zip(self.written, self.normal, strict=True)
        changed = [
            f"{quote_spelling(old)} as {quote(new)}"
            for old, new in pairs
            if old != new and new not in self.nameless
        ]
        return f"Names of columns are normalised: {join_some(changed, 3)}." if changed else None


def _name_all(names: Sequence[str]) -> tuple[str, ...]:
    """Give each column without a name a new one."""
    named: list[str] = []
    for place, name in enumerate(names):
        chosen, copies = name or f"Unnamed: {place}", 0
        while not name and (chosen in names or chosen in named):
            copies += 1
            chosen = f"Unnamed: {place}.{copies}"
        named.append(chosen)
    return tuple(named)


def format_columns(names: list[str]) -> str:
    """List columns for an error message: the first few by name, the others as a count."""
    return f"column{'s' * (len(names) > 1)} {join_some([repr(name) for name in names])}"
