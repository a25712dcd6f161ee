"""A column that needs more digits than float32 has is found, and named."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from tests.support.tables.tables import noisy_plane, number_features, two_blobs
from trainer.dataset.dataset import Dataset
from trainer.dataset.number_precision import require_precision

Column = npt.NDArray[np.float64]
STEPS = np.arange(200.0)
RANDOM = np.random.default_rng(0)

NEEDS_FLOAT64: dict[str, tuple[Column, str]] = {
    "seconds since 1970": (1.76e9 + STEPS % 61, "keep only 1 of its 61 different values"),
    "seconds before 1970": (-1.76e9 - STEPS % 61, "keep only 1 of its 61 different values"),
    "nanoseconds since 1970": (1.76e18 + 1e9 * STEPS, "keep only 3 of its 200 different values"),
    "dates as numbers": (20240101 + STEPS % 31, "keep only 17 of its 31 different values"),
    "identifiers of nine digits": (123_456_789 + STEPS, "keep only 26 of its 200 different values"),
    "identifiers of twelve digits": (4e11 + 7 * STEPS, "keep only 1 of its 200 different values"),
    "money in cents": (123_456_789.01 + STEPS / 100, "keep only 1 of its 200 different values"),
    "latitudes with seven digits": (52.5 + STEPS / 1e7, "keep only 6 of its 200 different values"),
    "values that vanish": (1e-46 * (1 + STEPS % 3), "keep only 0 of its 3 different values"),
    "one value that vanishes": (np.where(STEPS < 1, 1e-50, STEPS), ""),
    "with missing values": (np.where(STEPS < 9, np.nan, 1.76e9 + STEPS), "191 different values"),
}

FITS_FLOAT32: dict[str, Column] = {
    "whole numbers": STEPS,
    "prices": np.round(STEPS * 12.34, 2),
    "years": 1900 + STEPS,
    "few large numbers": 1e30 * STEPS,
    "tenths": STEPS / 10,
    "missing values": np.where(STEPS < 9, np.nan, STEPS / 7),
    "zeros": np.where(STEPS % 2 == 0, -0.0, 0.0),
}


def table(column: Column) -> Dataset:
    rows = np.column_stack([column, STEPS])
    return replace(two_blobs(len(STEPS)), rows=rows)


@pytest.mark.parametrize(("column", "says"), NEEDS_FLOAT64.values(), ids=NEEDS_FLOAT64)
def test_a_column_that_float32_would_change_is_named(column: Column, says: str) -> None:
    found = require_precision(table(column))

    (note,) = found.notes
    assert found.schema.needs_float64
    assert "'width'" in note
    assert "height" not in note
    assert says in note


@pytest.mark.parametrize("column", FITS_FLOAT32.values(), ids=FITS_FLOAT32)
def test_a_column_that_float32_holds_changes_nothing(column: Column) -> None:
    data = table(column)

    assert require_precision(data) is data


def test_the_note_says_what_helps_trees() -> None:
    (note,) = require_precision(table(1.76e9 + STEPS)).notes

    assert "subtract 1760000000, or use a linear model or a histogram booster" in note
    far = np.where(STEPS < 100, STEPS, 4e11 + STEPS)
    (note,) = require_precision(table(far)).notes
    assert "subtract" not in note
    assert "a linear model or a histogram booster tells them apart" in note


def test_many_columns_share_one_note() -> None:
    names = [f"c{index}" for index in range(20)]
    rows = 1.76e9 + np.tile(STEPS[:, None], 20)
    rows[:, 12:] = RANDOM.normal(size=(200, 8))
    rows[:2, 12:] = [[1.0], [1.0 + 1e-12]]  # one value of 200 is lost
    schema = replace(two_blobs().schema, features=number_features(names))
    found = require_precision(replace(two_blobs(200), rows=rows, schema=schema))

    assert len(found.notes) == 6
    assert "'c5', 'c6', 'c7', 'c8', 'c9', 'c10', 'c11', 'c12' and 7 more" in found.notes[-1]


def test_identifiers_that_float64_cannot_hold_are_named() -> None:
    numbers = 2**55 + np.arange(200)
    (note,) = require_precision(table(numbers.astype(np.float64))).notes

    assert "'width' has whole numbers beyond ±2^53, where float64 has steps of 8" in note
    assert "TRAINER_DROP" in note
    (note,) = require_precision(table(2.0**55 + 1e9 * STEPS)).notes
    assert "2^53" not in note, "such as times in nanoseconds, which stay different"


def test_a_few_numbers_that_float64_cannot_hold_are_to_be_corrected() -> None:
    numbers = np.array([*range(170), *(2**55 + 8 * n for n in range(30))], dtype=np.float64)
    (note,) = require_precision(table(numbers)).notes

    assert "'width' has whole numbers beyond ±2^53" in note
    assert note.endswith("correct these few numbers")


TARGETS: dict[str, tuple[Column, str | None]] = {
    "seconds since 1970": (1.76e9 + STEPS, "deviation is 57.73 and float32 has steps of 128"),
    "prices near a billion": (1e9 + STEPS / 4, "deviation is 14.43 and float32 has steps of 64"),
    "prices that spread": (1e6 * STEPS, None),
    "small numbers": (STEPS / 1e30, None),
}


@pytest.mark.parametrize(("target", "says"), TARGETS.values(), ids=TARGETS)
def test_a_target_that_spreads_little_against_its_size_is_named(
    target: Column, says: str | None
) -> None:
    plane = noisy_plane(200)
    data = replace(plane, target=target, rows=np.round(plane.rows, 3))
    found = require_precision(data)

    assert found.schema.needs_float64 == (says is not None)
    assert (
        not found.notes if says is None else "target 'price' is served in float64" in found.notes[0]
    )
    assert says is None or says in found.notes[0]
