"""Describe the cells of a column of strings."""

import contextlib
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import compute

from trainer.tables.columns.number_codes import (
    CODES,
    DIGITS_TO_CHECK,
    MIN_PHONE,
    explain_code,
)
from trainer.tables.columns.number_formats import (
    DECIMAL_POINT,
    LIKE_NUMBERS,
    PLAIN,
    UNIT_NAME,
    NumberFormat,
    match,
)
from trainer.tables.columns.text_cells import normalise_cells

MAX_VALUES = 1000
"""Most different cells that are described one by one."""
GROUPED = r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}"
"""A number with a decimal point that may also be thousands: 1.234."""
_LARGEST_EXACT = 2.0**53
_PADDED_PLAIN = rf"[ \t]*(?:{PLAIN})[ \t]*"
_PLUS, _MINUS, _ZERO, _NINE = (ord(character) for character in "+-09")

Counts = npt.NDArray[np.int64]


@dataclass
class Cells:
    """The cells of a column that are not missing. `add` adds the next ones.

    Numbers are cells in *number_format*; without one, plain numbers.
    """

    number_format: NumberFormat | None = None
    count: int = 0
    numbers: int = 0
    like_numbers: int = 0
    """Other cells that people read as numbers."""
    others: dict[str, int] = field(default_factory=dict)
    """How often each cell is there that is not a number; at most MAX_VALUES of them."""
    units: dict[str, int] = field(default_factory=dict)
    """The currencies and percent signs of numbers."""
    values: dict[str, int] | None = None
    """How often each cell is there; None for more than MAX_VALUES different cells."""
    is_tidy: bool = True
    """Whether Arrow reads every cell of a CSV file as a number or as a missing value."""
    has_fractions: bool = False
    shows_point: bool = False
    """Whether a plain number has a point that cannot be one between thousands."""
    group: str = ""
    """A number such as 1.234, unless `shows_point`."""
    code: str | None = None
    """The reason why the numbers are codes."""
    codes: int = 0
    """The rows with a number in the spelling of a code, if there are any."""
    equal_numbers: tuple[str, str] | None = None
    """Two spellings of one number that are not those of a code."""
    exponent: str | None = None
    """A number such as 12E3, which may be a code."""

    def add(self, texts: pa.Array, counts: Counts, missing: pa.Array) -> None:
        """Add cells with their numbers of rows; *missing* ones do not count."""
        if not len(texts):
            return
        if self.number_format in {None, DECIMAL_POINT}:
            with contextlib.suppress(pa.ArrowInvalid):
                numbers = texts.cast(pa.float64()).to_numpy()
                if np.isfinite([numbers.min(), numbers.max()]).all():
                    self._add_plain(texts, numbers, counts)
                    return
        self.is_tidy = self.is_tidy and bool(match(texts, _PADDED_PLAIN).all())
        texts = normalise_cells(texts)
        texts, counts = _select(texts, counts, ~_to_numpy(compute.is_in(texts, missing)))
        pattern = self.number_format.pattern if self.number_format else PLAIN
        is_number = match(texts, pattern)
        self._add_others(*_select(texts, counts, ~is_number))
        texts, counts = _select(texts, counts, is_number)
        if self.number_format:
            self.count += int(counts.sum())
            self.numbers += int(counts.sum())
            has_unit = _to_numpy(compute.match_substring_regex(texts, UNIT_NAME))
            texts, counts = _select(texts, counts, has_unit)
            _count(
                self.units, compute.extract_regex(texts, f"(?P<unit>{UNIT_NAME})").field(0), counts
            )
        else:
            self._add_plain(texts, texts.cast(pa.float64()).to_numpy(), counts)

    def _add_plain(self, texts: pa.Array, numbers: npt.NDArray[np.float64], counts: Counts) -> None:
        total = int(counts.sum())
        self.count += total
        self.numbers += total
        if not self.shows_point:
            is_fraction = numbers != np.floor(numbers)
            if is_fraction.any():
                self.has_fractions = True
                fractions = texts.filter(pa.array(is_fraction))
                self.shows_point = not match(fractions, GROUPED).all()
                self.group = self.group or fractions[0].as_py()
        if self.code is None and len(texts):
            odd = _find_beginnings(texts)
            if not odd and max(numbers.max(), -numbers.min()) >= _LARGEST_EXACT:
                is_long = (np.abs(numbers) >= _LARGEST_EXACT) & match(texts, DIGITS_TO_CHECK)
                odd = texts.filter(pa.array(is_long)).to_pylist()
            self.code = next(filter(None, map(explain_code, odd)), None)
        if self.code is not None:
            self.codes += int(counts[match(texts, CODES)].sum())

    def _add_others(self, texts: pa.Array, counts: Counts) -> None:
        self.count += int(counts.sum())
        self.like_numbers += int(counts[match(texts, LIKE_NUMBERS)].sum())
        _count(self.others, texts, counts)


def _find_beginnings(texts: pa.Array) -> list[str]:
    """Return plain numbers that may begin like a code.

    These are the first with a zero before another digit, and the first with a plus before many.
    """
    offsets = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset :][: len(texts) + 1]
    characters = np.frombuffer(texts.buffers()[2], np.uint8)
    starts = characters[offsets[:-1]]
    rows = np.flatnonzero((starts == _ZERO) | (starts == _PLUS) | (starts == _MINUS))
    firsts = offsets[rows] + (starts[rows] != _ZERO)
    is_inside = firsts + 1 < offsets[rows + 1]
    rows, firsts = rows[is_inside], firsts[is_inside]
    seconds = characters[firsts + 1]
    is_code = (characters[firsts] == _ZERO) & (seconds >= _ZERO) & (seconds <= _NINE)
    lengths = offsets[rows + 1] - offsets[rows]
    is_long = (starts[rows] == _PLUS) & (lengths >= MIN_PHONE)
    first = [*rows[is_code][:1], *rows[is_long][:1]]
    return [texts[int(row)].as_py() for row in first]


def _select(
    texts: pa.Array, counts: Counts, mask: npt.NDArray[np.bool_]
) -> tuple[pa.Array, Counts]:
    return texts.filter(pa.array(mask)), counts[mask]


def _to_numpy(array: pa.Array) -> npt.NDArray[np.bool_]:
    values: npt.NDArray[np.bool_] = array.to_numpy(zero_copy_only=False)
    return values


def _count(totals: dict[str, int], texts: pa.Array, counts: Counts) -> None:
    """Add the counts of strings to *totals*, which has at most MAX_VALUES strings."""
    encoded = texts.dictionary_encode()
    values = encoded.dictionary.to_pylist()
    sums = np.bincount(encoded.indices.to_numpy(), counts, len(values)).astype(np.int64).tolist()
    for text, count in zip(values, sums, strict=True):
        if text in totals or len(totals) < MAX_VALUES:
            totals[text] = totals.get(text, 0) + count
