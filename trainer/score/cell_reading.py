"""Read one column of a batch as the numbers of a feature, as the trainer and `/predict` do.

The trainer's rules say what a cell is: strings become numbers or booleans where a feature needs
them. The rules of `POST /predict` say whether the value is accepted. All accepted cells are
read at once. The others are left to `shared.inference.strict_values`, which says what is wrong.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import compute

from shared.contract.documents import Feature
from shared.inference.feature_encoding import StringCodes, Value
from shared.inference.strict_values import FLOAT32_MAX
from trainer.tables.columns.column_types import classify_type
from trainer.tables.columns.known_spellings import BOOLEANS
from trainer.tables.columns.number_formats import DECIMAL_POINT, NumberFormat, match
from trainer.tables.columns.text_cells import normalise_cells, to_strings

Numbers: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ReadCells:
    """The cells of one column."""

    numbers: Numbers
    """The encoded values; a number without a meaning where a cell is doubtful."""
    is_doubtful: npt.NDArray[np.bool_]
    """The cells that `/predict` may refuse."""
    show: Callable[[int], Value]
    """Return the JSON value of a cell."""


def read_column(
    column: pa.Array, feature: Feature, codes: StringCodes, number_format: NumberFormat | None
) -> ReadCells:
    """Read *column* as the values of *feature*.

    Args:
        column: The cells, in a type that `fits_feature` accepts.
        feature: The feature, as `list_features` returns it.
        codes: The strings of the feature.
        number_format: The format of its numbers, if the cells are strings.
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    kind = classify_type(column.type)
    if feature.type == "category":
        return _read_categories(to_strings(column), feature, codes)
    if kind == "empty":
        return _read_empty(len(column), feature)
    if feature.type == "boolean" and kind == "boolean":
        return _check_numbers(_to_numbers(column), feature, lambda number: number == 1.0)
    if feature.type == "boolean":
        return _read_words(normalise_cells(to_strings(column)), feature, codes)
    if kind in {"number", "boolean"}:
        return _check_numbers(_to_numbers(column), feature, float)
    assert number_format is not None  # noqa: S101 - the source has one for each such column
    return _read_numbers(normalise_cells(to_strings(column)), feature, codes, number_format)


def fits_feature(type_: pa.DataType, feature: Feature) -> bool:
    """Say whether cells of an Arrow type can be values of *feature*."""
    kind = classify_type(type_)
    return kind != "other" and (kind != "time" or feature.type == "category")


def _to_numbers(column: pa.Array) -> Numbers:
    numbers: Numbers = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return numbers


def _check_numbers(numbers: Numbers, feature: Feature, show: Callable[[float], Value]) -> ReadCells:
    is_missing = np.isnan(numbers)
    with np.errstate(invalid="ignore"):
        is_doubtful = np.abs(numbers) > FLOAT32_MAX
    if not feature.nullable:
        is_doubtful |= is_missing
    return ReadCells(
        numbers,
        is_doubtful,
        lambda row: None if is_missing[row] else show(float(numbers[row])),
    )


def _read_empty(rows: int, feature: Feature) -> ReadCells:
    is_doubtful = np.full(rows, not feature.nullable)
    return ReadCells(np.full(rows, np.nan), is_doubtful, lambda _row: None)


def _read_numbers(
    texts: pa.Array, feature: Feature, codes: StringCodes, number_format: NumberFormat
) -> ReadCells:
    if (plain := _read_plain(texts, number_format)) is not None:
        return _check_numbers(plain, feature, float)
    is_number = match(texts.fill_null(""), number_format.pattern)
    numbers = np.full(len(texts), np.nan)
    if is_number.any():
        found = number_format.parse(texts.filter(pa.array(is_number)))
        numbers[is_number] = found.to_numpy(zero_copy_only=False)
    with np.errstate(invalid="ignore"):
        is_doubtful = np.abs(numbers) > FLOAT32_MAX
    is_doubtful |= ~is_number & ~_are_missing(texts, feature, codes)
    return ReadCells(
        numbers,
        is_doubtful,
        lambda row: float(numbers[row]) if is_number[row] else texts[row].as_py(),
    )


def _read_plain(texts: pa.Array, number_format: NumberFormat) -> Numbers | None:
    """Return strings that are all numbers as programs write them; None if one is not."""
    if number_format is not DECIMAL_POINT:
        return None
    with suppress(pa.ArrowInvalid):
        numbers = _to_numbers(texts)
        if (
            np.count_nonzero(np.isnan(numbers)) == texts.null_count
        ):  # the string nan is not a number
            return numbers
    return None


def _read_words(texts: pa.Array, feature: Feature, codes: StringCodes) -> ReadCells:
    def encode(text: Any) -> float:
        return np.nan if text is None else float(BOOLEANS.get(text.lower(), np.nan))

    numbers = _map_strings(texts, encode)
    is_doubtful = np.isnan(numbers) & ~_are_missing(texts, feature, codes)
    return ReadCells(numbers, is_doubtful, lambda row: texts[row].as_py())


def _read_categories(texts: pa.Array, feature: Feature, codes: StringCodes) -> ReadCells:
    numbers = _map_strings(texts, codes.__getitem__)
    is_doubtful = np.zeros(len(texts), np.bool_) if feature.nullable else np.isnan(numbers)
    return ReadCells(numbers, is_doubtful, lambda row: texts[row].as_py())


def _are_missing(texts: pa.Array, feature: Feature, codes: StringCodes) -> npt.NDArray[np.bool_]:
    """Say which cells are accepted as missing values."""
    if not feature.nullable:
        return np.zeros(len(texts), np.bool_)
    missing = ["", *(text for text, code in codes.items() if text and np.isnan(code))]
    is_in = compute.is_in(texts, pa.array(missing, pa.string()))  # False for null
    found: npt.NDArray[np.bool_] = compute.or_(is_in, compute.is_null(texts)).to_numpy(
        zero_copy_only=False
    )
    return found


def _map_strings(texts: pa.Array, encode: Callable[[Any], float]) -> Numbers:
    """Return the code of each cell. *encode* is called once for each different string."""
    encoded = texts.dictionary_encode()
    known = encoded.dictionary.to_pylist()
    table = np.array([*map(encode, known), encode(None)])
    indices = encoded.indices.fill_null(len(known)).to_numpy(zero_copy_only=False)
    numbers: Numbers = table[indices]
    return numbers
