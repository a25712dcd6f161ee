"""Refuse the columns that cannot be features, and say for each what to do.

A column with a few bad cells is not left out: these cells are corrected.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shared.errors import DatasetError
from shared.text import join_some, quote
from trainer.dataset.columns.column_settings import ColumnSettings
from trainer.dataset.columns.dropped_columns import format_names
from trainer.tables.category_column import MAX_CATEGORY_LENGTH
from trainer.tables.columns.cells import Cells
from trainer.tables.columns.column_kind import MOST
from trainer.tables.columns.text_shapes import find_shape
from trainer.tables.dates.date_spellings import TIMES_OF_DAY
from trainer.tables.feature_columns import FeatureColumns
from trainer.tables.table_kinds import TableKinds

_DATES = "dates"
_FEW_CODES = 0.05
_FEWEST_CODES = 2
"""Up to this many cells, or this fraction of them, do not make a column one of codes."""


@dataclass(frozen=True)
class RefusedColumns:
    """The columns of a table that cannot be features, with the reason of each."""

    reasons: Mapping[str, str]
    columns: FeatureColumns
    found: TableKinds
    settings: ColumnSettings
    dropped: tuple[str, ...]
    """The columns that TRAINER_DROP names already."""

    def require_none(self, source: str) -> None:
        """Raise DatasetError that names all of the columns, if there are any."""
        if not self.reasons:
            return
        columns: dict[str, list[str]] = {}
        for name, reason in self.reasons.items():
            columns.setdefault(reason, []).append(repr(name))
        listed = "; ".join(f"{', '.join(names)} ({reason})" for reason, names in columns.items())
        raise DatasetError(
            f"{source} has columns that cannot be features: {listed}. {' '.join(self._advise())}"
        )

    def _advise(self) -> list[str]:
        """Return a sentence for each way out; each column is in one of them."""
        wrong = [name for name in self.reasons if self._has_few_wrong_cells(name)]
        numbers = [name for name in self.reasons if self._are_numbers(name)]
        slots = [name for name, reason in self.reasons.items() if reason.startswith(TIMES_OF_DAY)]
        types = dict.fromkeys(numbers, "number") | dict.fromkeys(slots, "category")
        setting = self.settings.with_types(types)
        marks = {name: o for name in numbers if (o := self.found.cells[name].others)}
        advice = []
        if wrong:
            names = join_some([*map(repr, wrong)])
            advice.append(f"Correct these cells of {names}, or leave them empty.")
        if numbers:
            pair = " ".join([*([self.settings.with_missing(marks)] if marks else []), setting])
            advice.append(f"Set {pair} to read numbers.")
        advice += self._explain_shapes()
        if any(reason.startswith(_DATES) for reason in self.reasons.values()):
            advice.append("docs/functions.md#dates shows how to learn from the parts of a date.")
        if others := self.to_drop:
            them = "them" if len(others) == len(self.reasons) else "the others"
            drop = f"drop them with TRAINER_DROP={format_names((*self.dropped, *others))}"
            if slots:
                rest = [name for name in others if name not in slots]
                names = format_names((*self.dropped, *rest))
                and_drop = f" and drop the rest with TRAINER_DROP={names}" if rest else ""
                drop = f"either read times of day with {setting}{and_drop}, or {drop}"
            advice.append(f"Change {them}, or {drop}")
        return advice

    def _explain_shapes(self) -> Iterator[str]:
        """Yield a sentence for each column of strings that people read as numbers."""
        for name in self.reasons:
            kind, cells = self.found.kinds.get(name), self._cells(name)
            if kind and kind.type == "category" and (shape := find_shape(cells.others)):
                yield (
                    f"Strings of {name!r} such as {quote(shape.example)} look like {shape.name}: "
                    f"to read numbers, {shape.advice}."
                )

    @property
    def to_drop(self) -> list[str]:
        """The columns that the advice leaves out."""
        return [
            name
            for name in self.reasons
            if not self._has_few_wrong_cells(name) and not self._are_numbers(name)
        ]

    def _has_few_wrong_cells(self, name: str) -> bool:
        """Decide whether few numbers are too large, or few strings too long."""
        if name in self.columns.few_beyond:
            return True
        values = self._cells(name).values or {}
        long = sum(rows for text, rows in values.items() if len(text) > MAX_CATEGORY_LENGTH)
        return 0 < long <= (1 - MOST) * sum(values.values())

    def _are_numbers(self, name: str) -> bool:
        """Decide whether a column is one of codes only because of few cells."""
        kind, cells = self.found.kinds.get(name), self._cells(name)
        if kind is None or kind.code is None:
            return False
        most_codes = max(_FEWEST_CODES, _FEW_CODES * cells.count)
        return cells.numbers >= MOST * cells.count and cells.codes <= most_codes

    def _cells(self, name: str) -> Cells:
        return self.found.cells.get(name, Cells())
