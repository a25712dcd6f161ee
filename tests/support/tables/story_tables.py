"""CSV tables of the stories' users, the same in each run."""

import io
from collections.abc import Iterable, Iterator
from math import exp
from random import Random

from examples import customers

Row = tuple[object, ...]


def customers_csv(count: int = 1000, *, newcomers: int = 0) -> str:
    """Write the customers of `examples/` as CSV, and *newcomers* from a new city who all leave."""
    text = io.StringIO()
    customers.write(text, customers.customers(count))
    for row in customers.customers(newcomers, seed=2):
        customer, since, age, _, *rest, _ = row
        text.write(",".join([customer, since, age, "Nairobi", *rest, "leaves"]) + "\n")
    return text.getvalue()


def flats_csv(count: int = 600, *, floors: bool = False) -> str:
    """Write rents by area, district, balcony and year as CSV, with missing values."""
    names = ["area m²", "district", "balcony", "year", *(["floor"] if floors else []), "rent"]
    return _csv(names, _flats(count, has_floor=floors))


def payments_csv(count: int = 1500, *, with_device: bool = False) -> str:
    """Write payments as CSV. One in 25 is a fraud."""
    names = ["amount", "country", "hour", "new card", *(["device"] if with_device else []), "kind"]
    return _csv(names, _payments(count, has_device=with_device))


def _flats(count: int, *, has_floor: bool) -> Iterator[Row]:
    random = Random(3)  # noqa: S311 - invented data
    prices = {"Altstadt": 24.0, "Hafen": 19.5, "Nord End": 15.0, "Süd": 13.0}
    for _ in range(count):
        area = round(25 + 95 * random.random(), 1)
        district = _one_of(random, sorted(prices))
        balcony, year = random.random() < 0.5, 1900 + _up_to(random, 124)
        floor = _up_to(random, 6)
        rent = area * prices[district] + 80 * balcony + (year - 1900) * 1.5 + 40 * random.random()
        yield (
            area,
            district,
            _or_hole(random, 0.1, str(balcony).lower()),
            _or_hole(random, 0.2, year),
            *([floor] if has_floor else []),
            f"{rent:.2f}",
        )


def _payments(count: int, *, has_device: bool) -> Iterator[Row]:
    random = Random(4)  # noqa: S311 - invented data
    for _ in range(count):
        is_fraud = random.random() < 0.04
        amount = exp(3 + 1.2 * random.random() + 1.5 * is_fraud)
        hour = _up_to(random, 24) if not is_fraud else _up_to(random, 12)
        device = _one_of(random, ("phone", "web"))
        yield (
            f"{amount:.2f}",
            _or_hole(random, 0.1, _one_of(random, ("AT", "DE", "FR", "PL")[is_fraud:])),
            hour,
            str(random.random() < (0.7 if is_fraud else 0.2)).lower(),
            *([device] if has_device else []),
            "fraud" if is_fraud else "genuine",
        )


def _csv(names: Iterable[str], rows: Iterable[Row]) -> str:
    lines = [names, *rows]
    return "".join(",".join(map(str, line)) + "\n" for line in lines)


def _or_hole(random: Random, share: float, value: object) -> object:
    return "" if random.random() < share else value


def _one_of(random: Random, values: Iterable[str]) -> str:
    found = list(values)
    return found[_up_to(random, len(found))]


def _up_to(random: Random, end: int) -> int:
    return int(end * random.random())
