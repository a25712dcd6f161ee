"""The cells of a column decide on its kind, or a person must."""

from collections.abc import Sequence
from itertools import product

import numpy as np
import pyarrow as pa
import pytest

from trainer.tables.columns.chosen_kind import check_chosen_kind
from trainer.tables.columns.column_kind import ColumnKind, UnclearColumn, decide_kind
from trainer.tables.columns.column_survey import ColumnSurvey
from trainer.tables.columns.number_formats import NUMBER_FORMATS, NumberFormat

MANY = [str(n) for n in range(1, 41)]
"""The numbers of a column of numbers."""
MORE = [f"{n / 7:.3f}" for n in range(5, 3000)]
"""More different numbers than are compared one by one."""


def kind_of(
    cells: Sequence[str | None],
    *,
    is_typed: bool = False,
    are_numbers: bool = False,
    missing: frozenset[str] = frozenset(),
) -> ColumnKind | UnclearColumn:
    survey = ColumnSurvey(missing)
    for start in range(0, len(cells), 997):
        survey.add(pa.array(cells[start : start + 997], pa.string()))
    return decide_kind(survey.finish(), is_typed=is_typed, are_numbers=are_numbers)


def chosen(name: str, cells: Sequence[str | None]) -> ColumnKind | UnclearColumn:
    survey = ColumnSurvey(frozenset(), NUMBER_FORMATS.get(name))
    survey.add(pa.array(cells, pa.string()))
    return check_chosen_kind(name, survey.finish())


CLEAR: dict[str, tuple[list[str | None], str]] = {
    "whole numbers": (["5", "-3", "0", "12"], "number"),
    "fractions": (["0.5", "-.25", "3.", "1e-3"], "number"),
    "exponents of programs": (["1e+20", "2.5E-7", "1.0E10"], "number"),
    "infinities": (["1", "inf", "-Infinity"], "number"),
    "blanks around numbers": ([" 5", "6 ", "\u00a07"], "number"),
    "numbers and missing cells": (["5", None, "", "6"], "number"),
    "booleans": (["true", "False", "TRUE", None], "boolean"),
    "booleans with digits": (["true", "0", "1"], "boolean"),
    "zeros and ones": (["0", "1", "1"], "number"),
    "strings": (["Wien", "Graz"], "category"),
    "yes and no": (["yes", "no"], "category"),
    "hexadecimal numbers": (["0x1F", "0x2A"], "category"),
    "ranges": (["0-9", "10-19", "20-29"], "category"),
    "sizes": (["36", "38", "S", "M", "L"], "category"),
    "versions": (["1.2.0", "1.10.3"], "category"),
    "dates": (["2024-03-14", "2024-03-15"], "time"),
    "no cells": ([None, "", " "], "empty"),
}


@pytest.mark.parametrize(("cells", "type_"), CLEAR.values(), ids=CLEAR)
def test_clear_columns(cells: list[str | None], type_: str) -> None:
    found = kind_of(cells)
    assert isinstance(found, ColumnKind)
    assert (found.type, found.code) == (type_, None)


CODES: dict[str, tuple[list[str], str]] = {
    "leading zeros": (["007", "7", "42"], "'007' begins with a zero"),
    "zip codes": (["01069", "80331"], "'01069' begins with a zero"),
    "two digits": (["01", "02", "10"], "'01' begins with a zero"),
    "a signed zero": (["+05", "12"], "'+05' begins with a zero"),
    "padded fractions": (["00.5", "01.5"], "'00.5' begins with a zero"),
    "exponents": (["1E1", "10E0"], "'1E1' and '10E0' are two spellings of one number"),
    "versions": (["1.1", "1.10"], "'1.1' and '1.10' are"),
    "a plus sign": (["5", "+5"], "'5' and '+5' are"),
    "exponents in capitals": (["1e5", "1E5"], "'1e5' and '1E5' are"),
    "cards": (["4012888888881881", "9007199254740993"], "'9007199254740993' has more digits"),
    "huge codes": (["1" * 400, "2" * 400], "has more digits"),
    "phone numbers": (["+436641234567", "+4915112345678"], "'+436641234567' begins with a plus"),
    "many phone numbers": ([f"+4366{n:07}" for n in range(3000)], "begins with a plus"),
    "a phone number among codes": (["+1.23456789", "007"], "'007' begins with a zero"),
    "many leading zeros": ([f"{n:05}" for n in range(3000)], "'00000' begins with a zero"),
    "one of many": ([*MORE, "-012"], "'-012' begins with a zero"),
    "many cards": ([str(4012888888881881 + 99 * n * 10**3) for n in range(2000)], ""),
}


@pytest.mark.parametrize(("cells", "reason"), CODES.values(), ids=CODES)
def test_codes_stay_strings(cells: list[str], reason: str) -> None:
    found = kind_of(cells)
    assert isinstance(found, ColumnKind)
    if not reason:  # a float64 holds all of them
        assert (found.type, found.code) == ("number", None)
        return
    assert found.type == "category"
    assert found.code is not None
    assert reason in found.code


EQUAL = {
    "a fraction of zeros": ["5", "5.0", "7"],
    "a point": ["5", "5.", "7"],
    "no zero before the point": ["0.5", ".5"],
    "no zero after the sign": ["-0.5", "-.5"],
    "zero with a sign": ["0", "-0"],
}


@pytest.mark.parametrize("cells", EQUAL.values(), ids=EQUAL)
def test_spellings_of_programs_are_numbers_with_a_note(cells: list[str]) -> None:
    found = kind_of(cells)
    assert isinstance(found, ColumnKind)
    assert (found.type, found.equal_numbers) == ("number", (cells[0], cells[1]))


BOTH = ["number", "number with decimal comma"]
PLAIN = ["Parquet: number"]
"""Plain numbers need no type in a CSV file."""
BOOLEAN = ["Parquet: boolean"]
UNCLEAR: dict[str, tuple[list[str], str, set[str], list[str]]] = {
    # cells, the reason, the cells that do not fit, the types that read the others
    "a question mark": ([*MANY, "?", "?"], "numbers, except '?' in 2 rows", {"?"}, PLAIN),
    "dashes": ([*MANY, "-", "--"], "'-' in 1 row, '--' in 1 row", {"-", "--"}, PLAIN),
    "nulls of databases": ([*MANY, "\\N"], r"'\\N' in 1 row", {"\\N"}, PLAIN),
    "errors of spreadsheets": ([*MANY, "#REF!", "#DIV/0!"], "", {"#REF!", "#DIV/0!"}, PLAIN),
    "words": ([*MANY, "unknown", "none"], "", {"unknown", "none"}, PLAIN),
    "a strange word": ([*MANY, "see note"], "", {"see note"}, PLAIN),
    "bounds": ([*MANY, "<5", ">100"], "", {"<5", ">100"}, PLAIN),
    "counts with a plus": (["1", "2", "3+", "2"], "'3+' in 1 row", {"3+"}, PLAIN),
    "not a number in capitals": ([*MANY, "NAN"], "'NAN' in 1 row", {"NAN"}, PLAIN),
    "mostly missing": (["0", "1", "?", "?", "?", "?"], "'?' in 4 rows", {"?"}, PLAIN),
    "one of many": ([*MORE, "n.a."], "numbers, except 'n.a.' in 1 row", {"n.a."}, PLAIN),
    "a date among many": ([*MORE, "2024-03-14"], "except '2024-03-14'", {"2024-03-14"}, PLAIN),
    "many missing": ([*MORE, *["?"] * 9999], "'?' in 9999 rows", {"?"}, PLAIN),
    "thousands": ([*MANY, "1,234"], "", set(), BOTH),
    "thousands and points": ([*MANY, "1,234.5", "?"], "", {"?"}, ["number"]),
    "money": (["$1,234.50", "$5.00", "$7"], "numbers such as '$1,234.50'", set(), ["number"]),
    "percents": (["12%", "7.5 %"], "numbers such as", set(), ["number"]),
    "decimal commas": (["3,5", "4,25", "7"], "", set(), ["number with decimal comma"]),
    "European money": (["1.234,50 €", "3,5 €"], "", set(), ["number with decimal comma"]),
    "many decimal commas": (
        [text.replace(".", ",") for text in MORE],
        "numbers such as",
        set(),
        ["number with decimal comma"],
    ),
    "two formats": ([*MANY, "1,234.5", "3,5"], "", set(), []),
    "blanks between thousands": (["1 234", "12 500", "7"], "", set(), BOTH),
    "accounts": ([*MANY, "(500)"], "", set(), BOTH),
    "fractions and percents": (["12%", "7%", "0.5"], "'%' in 2 rows, 'no unit' in 1", set(), []),
    "currencies": (["$5", "€7", "8", "?"], "'€' in 1 row, except '?' in 1 row", {"?"}, []),
    "a long minus": ([*MANY, "\u22125"], "", set(), BOTH),
    "a boolean and a mark": (["true", "false", "?"], "true and false, except '?'", {"?"}, BOOLEAN),
    "a boolean and a word": ([*["true", "false"] * 9, "maybe"], "", {"maybe"}, BOOLEAN),
    "fractions": (["1½", "½", "3 ¼", "1 1/2"], "numbers such as '1 1/2' in 1 row", set(), []),
    "short numbers": (["1.5M", "2k", "€300k", "3 Mio."], "numbers such as", set(), []),
    "a short number": ([*MANY, "1.5M", "n.a."], "except '1.5M' in 1 row", {"n.a."}, []),
    "wide digits": (["\uff11\uff12", "\uff13", "\uff11.\uff15"], "numbers such as", set(), []),
    "digits of other scripts": (["١٢", "٣٤"], "numbers such as", set(), []),
    "a minus at the end": ([*MANY, "500-", "1.234,50-"], "", set(), []),
    "prices of shops": (["5,-", "12.\u2013", "CHF 7.-"], "numbers such as", set(), []),
    "per mille": (["12‰", "7 ‰", "3.5‰"], "", set(), ["number"]),
    "per mille and numbers": (["12‰", "7‰", "0.5"], "numbers with '‰' in 2 rows", set(), []),
    "currencies of two characters": (["R$ 5,00", "R$7"], "", set(), BOTH[1:]),
    "dollars of a country": (["A$ 5", "A$7.50"], "", set(), BOTH[:1]),
    "currencies with a point": (["Rs. 5", "Rs.1,20,000"], "", set(), BOTH[:1]),
    "powers": (["2x10^3", "3 \u00d7 10^4", "10^-2"], "numbers such as", set(), []),
    "marks of programs": (["1_000", "12_500.5", "3"], "numbers, except '12_500.5'", set(), []),
    "cells of spreadsheets": (["'5", "=6", '="7"'], "numbers such as", set(), []),
    "a currency with and without a point": (["5 kr", "7 kr."], "'5 kr' in 1", set(), BOTH),
    "yen of two widths": (["¥5", "￥7"], "numbers with '¥' in 1 row, '￥' in 1 row", set(), []),
    "codes of currencies": (["SEK 5", "7.5 SEK"], "", set(), BOTH[:1]),
}  # fmt: skip


@pytest.mark.parametrize(("cells", "reason", "others", "types"), UNCLEAR.values(), ids=UNCLEAR)
@pytest.mark.parametrize("is_typed", [False, True], ids=["CSV", "Parquet"])
def test_unclear_columns(
    cells: list[str], reason: str, others: set[str], types: list[str], *, is_typed: bool
) -> None:
    found = kind_of(cells, is_typed=is_typed)
    assert isinstance(found, UnclearColumn)
    assert reason in found.reason
    assert set(found.others) == others
    needed = [type_.removeprefix("Parquet: ") for type_ in types if is_typed or type_ in BOTH]
    assert list(found.types) == needed


def test_spellings_of_missing_values_do_not_count() -> None:
    found = kind_of([*MANY, "?", " - "], missing=frozenset({"?", "-"}))
    assert isinstance(found, ColumnKind)
    assert (found.type, found.is_tidy) == ("number", False)


def test_numbers_to_predict_are_not_codes() -> None:
    found = kind_of(["1.1", "1.10", "02"], are_numbers=True)
    assert isinstance(found, ColumnKind)
    assert found.type == "number"


TYPED: dict[str, tuple[list[str], str]] = {
    "whole numbers": (["1", "2"], "category"),
    "codes": (["01", "1.10", "1.1"], "category"),
    "booleans": (["true", "false"], "category"),
    "dates": (["20240314", "20240315"], "time"),
}


@pytest.mark.parametrize(("cells", "type_"), TYPED.values(), ids=TYPED)
def test_strings_of_a_file_with_types_stay_strings(cells: list[str], type_: str) -> None:
    found = kind_of(cells, is_typed=True)
    assert isinstance(found, ColumnKind)
    assert (found.type, found.code) == (type_, None)
    assert found.are_whole_numbers == (cells == ["1", "2"])


@pytest.mark.parametrize("cells", [["1.5", "2.5"], [str(n) for n in range(1500)]])
def test_strings_that_are_all_numbers_are_unclear_in_a_file_with_types(cells: list[str]) -> None:
    found = kind_of(cells, is_typed=True)
    assert isinstance(found, UnclearColumn)
    assert found.types == ("number",)


CHOSEN: dict[str, tuple[str, list[str]]] = {
    "numbers": ("number", ["007", "1.10", "1.1"]),
    "money": ("number", ["$1,234.50", "5", "-$7"]),
    "decimal commas": ("number with decimal comma", ["3,5", "1.234,5", "7"]),
    "booleans": ("boolean", ["Yes", "n", "1", "0.0", "TRUE"]),
}


@pytest.mark.parametrize(("name", "cells"), CHOSEN.values(), ids=CHOSEN)
def test_cells_fit_the_kind_that_was_chosen(name: str, cells: list[str]) -> None:
    found = chosen(name, cells)
    assert isinstance(found, ColumnKind)
    assert found.is_chosen


MISFITS: dict[str, tuple[str, list[str], str]] = {
    "a word": ("number", [*MORE, "?"], "number by TRAINER_TYPES, except '?' in 1 row"),
    "a decimal comma": ("number", ["1.5", "3,5"], "except '3,5' in 1 row"),
    "a decimal point": ("number with decimal comma", ["3,5", "1.5"], "except '1.5' in 1 row"),
    "two currencies": ("number", ["$5", "€5"], "numbers with '$' in 1 row, '€' in 1 row"),
    "percents and others": ("number", ["5%", "0.05"], "'%' in 1 row, 'no unit' in 1 row"),
    "no boolean": ("boolean", ["yes", "perhaps"], "except 'perhaps' in 1 row"),
    "no booleans": ("boolean", MORE, "but more than 1000 values differ"),
}


@pytest.mark.parametrize(("name", "cells", "reason"), MISFITS.values(), ids=MISFITS)
def test_cells_contradict_the_kind_that_was_chosen(
    name: str, cells: list[str], reason: str
) -> None:
    found = chosen(name, cells)
    assert isinstance(found, UnclearColumn)
    assert reason in found.reason


FORMATTED: dict[str, tuple[str, list[str], list[float]]] = {
    "number": (
        "number",
        ["$1,234.50", "-€5", "12 %", "(500)", "\u22125", "1 234 567", "1'234.5", "+7", "1,23,456"],
        [1234.5, -5, 12, -500, -5, 1234567, 1234.5, 7, 123456],
    ),
    "comma": (
        "number with decimal comma",
        ["1.234,50 EUR", "3,5", "1 234,5", ",5", "1.234", "-1'000,25"],
        [1234.5, 3.5, 1234.5, 0.5, 1234, -1000.25],
    ),
}


@pytest.mark.parametrize(("name", "cells", "numbers"), FORMATTED.values(), ids=FORMATTED)
def test_formatted_numbers_are_read(name: str, cells: list[str], numbers: list[float]) -> None:
    assert all(map(NUMBER_FORMATS[name].fits, cells))
    assert np.array_equal(NUMBER_FORMATS[name].parse(pa.array(cells)).to_numpy(), numbers)


PARTS = [("", "-", "+", "\u2212"), ("", "$", "R$ ", "Rs. "), ("", "-"), ("5", "1,234.5", "1.234,5")]


@pytest.mark.parametrize("number_format", NUMBER_FORMATS.values(), ids=NUMBER_FORMATS)
def test_every_number_that_fits_a_format_is_read(number_format: NumberFormat) -> None:
    texts = ["".join(parts) for parts in product(*PARTS, ("", " %", "EUR", " kr."))]
    texts += [f"({text})" for text in texts]
    fitting = list(filter(number_format.fits, texts))

    numbers = number_format.parse(pa.array(fitting)).to_numpy()

    assert len(fitting) > 100
    assert all((number < 0) == (not {*text}.isdisjoint("-(\u2212"))
               for text, number in zip(fitting, numbers, strict=True))  # fmt: skip
