"""Make examples/customers.csv: `python -m examples.customers > examples/customers.csv`.

The thousand customers are invented, and equal in every run. Like a real table, it has names with
spaces and accents, categories, booleans, missing values, an identifier, a date, and three classes.
"""

import csv
import sys
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from random import Random
from typing import TextIO

COLUMNS = (
    *("customer", "since", "age", "city", "plan", "is member", "monthly spend €"),
    *("support calls", "churn"),
)
CITIES = ("Kraków", "Lagos", "New York", "São Paulo", "Zürich")
PLANS = ("basic", "family", "plus")
_FIRST_DAY = date(2019, 1, 1)
_MANY_CALLS = 4
_YOUNG = 36


def main() -> None:
    """Print the table."""
    write(sys.stdout, customers(1000))


def write(file: TextIO, rows: Iterable[tuple[str, ...]]) -> None:
    """Write *rows* as CSV, with a line of column names."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)


def customers(count: int, seed: int = 1) -> Iterator[tuple[str, ...]]:
    """Yield *count* rows. Another *seed* gives other customers."""
    random = Random(seed)  # noqa: S311 - invented data
    for number in range(count):
        since = _FIRST_DAY + timedelta(days=_up_to(random, 2000))
        age = 18 + _up_to(random, 60)
        city = CITIES[_up_to(random, len(CITIES))]
        plan = PLANS[_up_to(random, len(PLANS))]
        is_member = _happens(random, 0.4)
        spend = round(8 + 30 * random.random() + (25 if plan == "family" else 0), 2)
        calls = _up_to(random, 7)
        yield (
            f"C{seed}-{number:04}",
            since.isoformat(),
            _or_missing(random, 0.08, str(age)),
            _or_missing(random, 0.05, city),
            plan,
            str(is_member).lower(),
            _or_missing(random, 0.05, f"{spend:.2f}"),
            str(calls),
            _churn(random, age, city, plan, calls, is_member=is_member),
        )


def _churn(random: Random, age: int, city: str, plan: str, calls: int, *, is_member: bool) -> str:
    """Return the class: frequent callers leave, young ones without a family plan pause.

    One customer in twenty gets a random class.
    """
    if _happens(random, 0.05):
        return ("leaves", "pauses", "stays")[_up_to(random, 3)]
    if calls + (city == "Lagos") - 2 * is_member >= _MANY_CALLS:
        return "leaves"
    return "pauses" if age < _YOUNG and plan != "family" else "stays"


def _or_missing(random: Random, share: float, text: str) -> str:
    return "" if _happens(random, share) else text


def _happens(random: Random, share: float) -> bool:
    return random.random() < share


def _up_to(random: Random, end: int) -> int:
    """Return an integer below *end*, by the only method of Random that never changes."""
    return int(end * random.random())


if __name__ == "__main__":
    main()
