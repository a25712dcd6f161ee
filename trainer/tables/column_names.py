"""The names of a table's columns: as its file has them, and in their normal form."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from shared.errors import DatasetError
from shared.inference.text_form import normalise_text
from shared.inference.text_index import find_similar, suggest_name
from shared.text import join_some, quote
from trainer.problems import Problems
from trainer.tables.string_spellings import quote_spelling

_SEPARATORS = ";\t|,:^~ "
"""Characters that may be the separator of names in one."""


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
        self.duplicates = frozenset(n for n, count in Counter(self.normal).items() if count > 1)
        """The normal names of several columns."""

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

    def require_usable(self, path: Path | str) -> None:
        """Raise DatasetError for names that are duplicated or have control characters."""
        problems = Problems()
        seen: dict[str, str] = {}
        for number, (written, name) in enumerate(
            zip(self.written, self.normal, strict=True), start=1
        ):
            if any(character < " " or character == "\x7f" for character in name):
                problems.add(
                    DatasetError(
                        f"Column {number} of {path} has control characters in its name "
                        f"{name!r:.80}. Rename it."
                    )
                )
            other = seen.setdefault(name, written)
            if other != written:
                problems.add(
                    DatasetError(
                        f"{path} has two columns that are both read as {quote(name)}: "
                        f"{quote_spelling(other)} and {quote_spelling(written)}. Rename one of "
                        "them."
                    )
                )
        counts = Counter(name for name in self.written if name.strip())
        duplicates = sorted(name for name, count in counts.items() if count > 1)
        if duplicates:
            problems.add(
                DatasetError(
                    f"{path} has more than one {format_columns(duplicates)}. Rename the duplicates."
                )
            )
        problems.require_none()

    def require_separated(self, source: str) -> None:
        """Raise DatasetError if the names probably have another separator than commas."""
        if self.are_one:
            raise DatasetError(
                f"{source} has only {format_columns(list(self.normal))}.{self._separator_hint}"
            )

    @property
    def are_one(self) -> bool:
        """Whether all names are probably in one, because the file has another separator."""
        return len(self.written) == 1 and any(sign in self.written[0] for sign in _SEPARATORS)

    @property
    def _separator_hint(self) -> str:
        sign = next(sign for sign in _SEPARATORS if sign in self.written[0])
        setting = json.dumps({"separator": sign})
        return f" Set the separator of the columns, as in TRAINER_CSV='{setting}'."

    def find(
        self, setting: str, asked: Sequence[str], source: str, problems: Problems
    ) -> dict[str, str]:
        """Return the normal name of each column that *setting* asks for.

        A name that *source* does not have is a problem. The most similar name is returned for it,
        so that the check of the other settings goes on. Without a similar name, it is left out.
        """
        found = {}
        for name in asked:
            if (normal := normalise_text(name)) in self._written:
                found[name] = normal
                continue
            similar = find_similar(name, self.normal)
            if len(similar) == 1 and similar[0] not in asked:
                found[name] = similar[0]
            hint = self._separator_hint if self.are_one else suggest_name(name, self.normal)
            problems.add(
                DatasetError(
                    f"{setting}={name} is not in {source}, which has "
                    f"{format_columns(list(self.normal))}.{hint}"
                )
            )
        return found

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
