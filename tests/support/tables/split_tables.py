"""Tables whose holdout says too much, and honest ones. Each one can be made again with new rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shared.contract.documents import Feature
from shared.scoring.truth import Truth
from trainer.dataset.dataset import DataSchema, Dataset

Column = npt.NDArray[np.generic]
Random = np.random.Generator


@dataclass(frozen=True)
class Table:
    """The columns of a table by their names, in the order of its rows, and the target."""

    columns: Mapping[str, Column]
    target: npt.NDArray[np.generic]
    origin: Column | None = None
    """The origin of each row: that of its copies, or the patient."""

    def without(self, name: str) -> "Table":
        """Return the table without a column."""
        return Table({n: c for n, c in self.columns.items() if n != name}, self.target)

    def dataset(self, key: str | None = None, *, is_keyed: bool = False) -> Dataset:
        """Return the table as the trainer reads it, with the column *key* or the origin as key."""
        keys = self.columns[key] if key is not None else self.origin if is_keyed else None
        names = [name for name in self.columns if name != key]
        features, rows = zip(*(_encode(name, self.columns[name]) for name in names), strict=True)
        classes: tuple[str, ...] = ()
        target: Truth = self.target.astype(np.float64)
        if self.target.dtype.kind != "f":
            labels, codes = np.unique(self.target, return_inverse=True)
            target = codes.astype(np.int64)
            classes = tuple(map(str, labels))
        return Dataset(
            source="a table",
            schema=DataSchema(
                "classification" if classes else "regression", tuple(features), classes
            ),
            rows=np.asfortranarray(np.stack(rows, axis=1)),
            target_name="y",
            target=target,
            keys=None if keys is None else keys.astype(str).astype(object),
        )


def _encode(name: str, column: Column) -> tuple[Feature, npt.NDArray[np.float64]]:
    if column.dtype.kind in "US":
        values, codes = np.unique(column, return_inverse=True)
        feature = Feature(name=name, type="category", categories=tuple(map(str, values)))
        return feature, codes.astype(np.float64)
    kind = "boolean" if column.dtype.kind == "b" else "number"
    return Feature.model_validate({"name": name, "type": kind}), column.astype(np.float64)


def numbers(rows: npt.NDArray[np.generic]) -> dict[str, Column]:
    """Name the columns of an array."""
    return {f"x{index}": column for index, column in enumerate(rows.T)}


def _labels(random: Random, chances: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    return (random.random(len(chances)) < chances).astype(np.int64)


def _weak(random: Random, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Label rows so that the best model is right in about two of three cases."""
    return _labels(random, 1 / (1 + np.exp(-1.2 * rows[:, 0])))


def near_duplicates(random: Random, rows: int = 2000, copies: int = 5) -> Table:
    originals = random.normal(size=(rows // copies, 10))
    target = _weak(random, originals)
    which = np.repeat(np.arange(len(originals)), copies)
    noise = 0.02 * random.normal(size=(len(which), 10))
    return Table(numbers(originals[which] + noise), target[which], which)


def patients(random: Random, count: int = 200, visits: int = 12, noise: float = 0.15) -> Table:
    """Make visits whose label and most numbers depend on the patient, shuffled."""
    persons = random.normal(size=(count, 8))
    target = _labels(random, 1 / (1 + np.exp(-1.2 * persons[:, 0])))
    which = random.permutation(np.repeat(np.arange(count), visits))
    rows = persons[which] + noise * random.normal(size=(len(which), 8))
    return Table(numbers(rows), target[which], which)


def copies_beside_an_id(random: Random, rows: int = 1500) -> Table:
    """Make rows of a rare class five times, with numbers that grow from row to row."""
    originals = random.normal(size=(rows, 8))
    chances = 1 / (1 + np.exp(3.5 - 1.5 * originals[:, 0] - originals[:, 1]))
    target = _labels(random, chances)
    which = np.concatenate([np.arange(rows), *[np.flatnonzero(target)] * 4])
    which = random.permutation(which)
    number = 7_000 + np.cumsum(random.integers(1, 9, len(which)))
    return Table({"entry": number, **numbers(originals[which])}, target[which])


def drift(random: Random, rows: int = 2000, since: float = 0.0) -> Table:
    """Make rows in the order of time, in which the meaning of two numbers turns."""
    features = random.normal(size=(rows, 5))
    time = since + np.arange(rows) / rows
    angle = 2.5 * time
    score = np.cos(angle) * features[:, 0] + np.sin(angle) * features[:, 1]
    target = (score + 0.3 * random.normal(size=rows) > 0).astype(np.int64)
    return Table({"seconds": 1.7e9 + 1e6 * time, **numbers(features)}, target)


def patient_numbers(random: Random) -> Table:
    """Make visits with the number of the patient, whose order means nothing."""
    which = random.permutation(np.repeat(np.arange(100), 12))
    ill = random.integers(0, 2, 100)
    person = random.permutation(100)[which] * 17 % 1009
    return Table({"person": person, **numbers(random.normal(size=(1200, 4)))}, ill[which])


def customers_with_habits(random: Random) -> Table:
    """Make orders of customers who differ in how often they return them."""
    which = random.permutation(np.repeat(np.arange(150), 10))
    chances = random.beta(0.4, 0.4, 150)
    columns = {"customer_id": 1000 + 7 * which, **numbers(random.normal(size=(1500, 4)))}
    return Table(columns, _labels(random, chances[which]))


def constant_heights(random: Random) -> Table:
    """Make visits with a height that is the same at all visits of a patient."""
    which = random.permutation(np.repeat(np.arange(80), 10))
    height, ill = random.normal(170, 9, 80).round(3), random.integers(0, 2, 80)
    return Table({"height": height[which], **numbers(random.normal(size=(800, 4)))}, ill[which])


def mixed_copies(random: Random) -> Table:
    """Make copies of rows of categories and numbers. The numbers differ a little."""
    which = np.repeat(np.arange(500), 3)
    texts = {f"c{k}": random.choice(list("abcdef"), 500)[which] for k in range(5)}
    exact = random.normal(size=(500, 3))[which]
    return Table(
        {**texts, **numbers(exact + 0.01 * random.normal(size=exact.shape))},
        random.integers(0, 2, 500)[which],
    )


def integer_copies(random: Random) -> Table:
    """Make copies of rows of whole numbers, which differ by at most one."""
    which = np.repeat(np.arange(500), 3)
    exact = random.integers(0, 100, (500, 8))[which]
    return Table(
        numbers(exact + random.integers(-1, 2, exact.shape)), random.integers(0, 2, 500)[which]
    )


def some_copies(random: Random) -> Table:
    """Make a table in which only one row in four has a copy."""
    rows = random.normal(size=(1000, 10))
    rows[750:] = rows[:250] + 0.01 * random.normal(size=(250, 10))
    target = random.integers(0, 2, 1000)
    target[750:] = target[:250]
    return Table(numbers(rows), target)


def machines(random: Random) -> Table:
    """Make a regression whose number is nearly the same in all rows of a machine."""
    which = random.permutation(np.repeat(np.arange(120), 10))
    kind, wear = random.normal(size=(120, 6)), random.normal(10, 3, 120)
    return Table(
        numbers(kind[which] + 0.1 * random.normal(size=(1200, 6))),
        wear[which] + 0.1 * random.normal(size=1200),
    )


def rising_prices(random: Random) -> Table:
    """Make a regression in the order of time whose target rises."""
    features = random.normal(size=(1500, 5))
    target = features[:, 0] + 5 * np.arange(1500) / 1500 + 0.3 * random.normal(size=1500)
    return Table(numbers(features), target)


def three_booleans(random: Random) -> Table:
    """Make a table that has only eight different rows."""
    rows = random.random((900, 3)) < 0.5
    return Table(numbers(rows), _labels(random, 0.2 + 0.2 * rows.sum(axis=1)))


def one_row_of_two(random: Random) -> Table:
    """Make a table in which half of the rows are equal."""
    rows = random.normal(size=(1000, 4))
    rows[:700] = 0.0
    return Table(numbers(rows), random.integers(0, 2, 1000))


Maker = Callable[[Random], Table]
DOCUMENTED: dict[str, Maker] = {
    "near-duplicates": near_duplicates,
    "12 visits of each patient": patients,
    "copies beside an increasing id": copies_beside_an_id,
    "drift in time": drift,
}
LEAKS: dict[str, tuple[Maker, str]] = {
    "near-duplicates": (near_duplicates, "much nearer to a train row"),
    "12 visits of each patient": (patients, "groups of rows|much nearer to a train row"),
    "copies beside an increasing id": (copies_beside_an_id, "TRAINER_DROP=entry"),
    "drift in time": (drift, "set TRAINER_TIME=seconds"),
    "the number of a patient": (patient_numbers, "TRAINER_ROW_KEY=person"),
    "customers with habits": (customers_with_habits, "TRAINER_ROW_KEY=customer_id"),
    "a height that names a patient": (constant_heights, "TRAINER_ROW_KEY=height"),
    "copies of mixed columns": (mixed_copies, "much nearer to a train row"),
    "copies of whole numbers": (integer_copies, "much nearer to a train row"),
    "copies of one row in four": (some_copies, "much nearer to a train row"),
    "ten rows of each machine": (machines, "groups of rows|much nearer to a train row"),
    "rising prices": (rising_prices, "TRAINER_TIME to the column with the time"),
    "eight different rows": (three_booleans, "different combinations of features"),
    "equal rows in most of the table": (one_row_of_two, "rows with equal features"),
}
