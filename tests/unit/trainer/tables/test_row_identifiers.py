"""Whole numbers that never repeat are an identifier, if data would repeat some."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from trainer.tables.row_counter import Numbers
from trainer.tables.row_identifiers import identify_rows

RANDOM = np.random.default_rng(4)
NAN = np.array([np.nan] * 5)


def shuffled(numbers: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return RANDOM.permutation(numbers.astype(np.float64))


IDENTIFIERS: dict[str, tuple[str, npt.NDArray[Any]]] = {
    "counts from 1000": ("x", shuffled(np.arange(1000, 4000))),
    "counts from 0, with gaps": ("x", shuffled(np.arange(3000))[:500]),
    "counts in tens": ("x", shuffled(np.arange(3000) * 10 + 7)),
    "counts below zero": ("x", shuffled(np.arange(-50, 50))),
    "in order": ("x", np.arange(500, 900) + 0.0),
    "with missing numbers": ("x", np.concatenate([shuffled(np.arange(100, 400)), NAN])),
    "a name": ("customer_id", RANDOM.choice(10**8, 300, replace=False) + 0.0),
    "a name in two words": ("KundenNr", RANDOM.choice(10**8, 300, replace=False) + 0.0),
    "a German name": ("Vertragsnummer", RANDOM.choice(10**8, 300, replace=False) + 0.0),
    "phone numbers": ("x", 6_640_000_000 + RANDOM.choice(10**7, 300, replace=False)),
}
DATA: dict[str, tuple[str, npt.NDArray[Any]]] = {
    "prices": ("price", RANDOM.choice(10**5, 300, replace=False) + 0.0),
    "prices that repeat": ("price", RANDOM.integers(10, 500, 3000) + 0.0),
    "years": ("year", np.arange(1900, 2024) + 0.0),
    "ages of few people": ("age", np.arange(20, 70)[::3] + 0.0),
    "one number twice": ("x", np.array([*range(1000, 4000), 1000.0])),
    "fractions": ("x", np.arange(3000) + 0.5),
    "a number of rooms": ("number", RANDOM.integers(1, 9, 300) + 0.0),
    "an instrument": ("piano", RANDOM.choice(10**8, 300, replace=False) + 0.0),
    "seconds since 1970": ("at", 1.7e9 + RANDOM.choice(10**8, 300, replace=False)),
    "milliseconds since 1970": ("at", 1.7e12 + RANDOM.choice(10**10, 300, replace=False)),
    "populations": ("people", np.floor(RANDOM.lognormal(16, 3, 300))),
    "huge numbers": ("x", np.geomspace(1, 1e30, 40).round()),
    "infinite": ("x", np.array([*range(100, 200), np.inf])),
    "nothing": ("x", np.concatenate([NAN] * 9)),
    "few rows": ("x", np.arange(10) + 1000.0),
}


@pytest.mark.parametrize(("name", "numbers"), IDENTIFIERS.values(), ids=IDENTIFIERS)
def test_an_identifier_is_recognised(name: str, numbers: Numbers) -> None:
    assert identify_rows(name, numbers)


@pytest.mark.parametrize(("name", "numbers"), DATA.values(), ids=DATA)
def test_data_is_not_an_identifier(name: str, numbers: Numbers) -> None:
    assert not identify_rows(name, numbers)
