"""Simulations of drift: how often it is reported by chance, and how soon a shift is found.

Counts are drawn for each hour, not rows, and every hour is looked at. The vectorised screening only
skips differences that are far from significant; the product's own functions judge the others.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from gatekeeper.drift.compared_parts import ComparedPart
from gatekeeper.drift.comparison import DriftLimits, find_difference
from gatekeeper.drift.live_windows import NEWEST_ROWS, WINDOWS

HOURS_OF_A_YEAR = 8766
DAY, WEEK = 24, 168
FEATURES = 30
MISSING = 0.02
PARTS = 2 * FEATURES + 2
"""Values and missing values of each feature, predictions and probabilities."""
ANY_SIZE = DriftLimits(index=1e-9)
_SCREEN = 17.0
"""The squared deviation below which no difference is significant at the level of an hour."""
_PIECE = 256
"""Windows that are screened at a time, so that the arrays stay in the processor's cache."""

Counts = npt.NDArray[np.int64]
DECILES = np.full(10, 0.1)
SHARES = {
    "number": DECILES,
    "category": np.array([0.4, 0.3, 0.15, 0.1, 0.04, 0.009, 0.001]),
    "boolean": np.array([0.9, 0.1]),
    "missing": np.array([MISSING, 1 - MISSING]),
    "probabilities": np.concatenate((np.zeros(10), np.linspace(0.01, 0.19, 10))),
}
NUMBERS = {"number": 20, "category": 6, "boolean": 5, "missing": 30, "probabilities": 1}
"""How many parts of each kind there are: 30 features, classes like a boolean, probabilities."""
ORDERED = ("number", "probabilities")


@dataclass(frozen=True)
class Alarms:
    """False alarms of some years."""

    significant: int
    """Significant differences of any size; each look, part and window counts."""
    reported: int
    """Drifts that began: the difference is large too, and was not for a day before."""


def simulate_years(rows_a_day: int, years: int, reference_rows: int, seed: int) -> Alarms:
    """Count the false alarms of *years* without drift; each year has a new reference."""
    draw = np.random.default_rng(seed)
    significant = reported = 0
    for _ in range(years):
        for kind, number in NUMBERS.items():
            found = _simulate_year(kind, number, rows_a_day, reference_rows, draw)
            significant += found.significant
            reported += found.reported
    return Alarms(significant, reported)


def _simulate_year(
    kind: str, number: int, rows_a_day: int, reference_rows: int, draw: np.random.Generator
) -> Alarms:
    shares = SHARES[kind] / SHARES[kind].sum()
    reference = draw.multinomial(reference_rows, shares, number)
    hourly = draw.multinomial(rows_a_day // DAY, shares, (HOURS_OF_A_YEAR, number))
    sums = np.concatenate((np.zeros((1, number, shares.size), dtype=np.int64), hourly.cumsum(0)))
    significant = 0
    large = set[tuple[int, int]]()
    level = DriftLimits().level(3600, WINDOWS * PARTS)
    for hours in window_hours(rows_a_day):
        window = sums[hours:] - sums[:-hours]
        for place, part in np.argwhere(_screen(window, reference, is_ordered=kind in ORDERED)):
            compared = ComparedPart(
                "values", kind, 0, tuple(reference[part].tolist()), kind in ORDERED
            )
            counts = window[place, part].tolist()
            if found := find_difference(compared, counts, ANY_SIZE, level):
                significant += 1
                if found.stability_index >= DriftLimits().index:
                    large.add((part, place + hours))
    began = [hour for part, hour in large if not {(part, hour - n) for n in range(1, DAY)} & large]
    return Alarms(significant, len(began))


def window_hours(rows_a_day: int) -> list[int]:
    """Return the hours of the newest rows, the day and the week."""
    return [-(-NEWEST_ROWS * DAY // rows_a_day), DAY, WEEK]


def _screen(window: Counts, reference: Counts, *, is_ordered: bool) -> npt.NDArray[np.bool_]:
    """Say which windows and parts may have a significant difference."""
    pieces = range(0, len(window), _PIECE)
    screened = [
        _screen_piece(window[at : at + _PIECE], reference, is_ordered=is_ordered) for at in pieces
    ]
    return np.concatenate(screened)


def _screen_piece(window: Counts, reference: Counts, *, is_ordered: bool) -> npt.NDArray[np.bool_]:
    divided, expected = [window], [reference]
    if is_ordered:
        divided.append(window.cumsum(-1)[..., :-1])
        expected.append(reference.cumsum(-1)[..., :-1])
    live = np.concatenate(divided, axis=-1, dtype=np.float32)
    before = np.concatenate(expected, axis=-1, dtype=np.float32)
    rows, other_rows = window[0, 0].sum(), reference[0].sum()
    share = (live + before) / (rows + other_rows)
    difference = live / rows - before / other_rows
    variance = share * (1 - share) * (1 / rows + 1 / other_rows)
    return (difference * difference > _SCREEN * variance).any(-1)  # type: ignore[no-any-return]  # numpy's any


def find_delays(
    rows_a_day: int,
    deviations: float,
    limits: DriftLimits,
    *,
    reference_rows: int,
    repeats: int,
    seed: int = 1,
) -> list[int]:
    """Return the hours until a shift of one number is found; more than a week if it is not.

    The shift begins after a week without drift, and lasts.
    """
    draw = np.random.default_rng(seed)
    edges = stats.norm.ppf(np.arange(1, 10) / 10)
    shifted = np.diff(np.concatenate(([0], stats.norm.cdf(edges - deviations), [1])))
    return [_find_delay(rows_a_day, shifted, limits, reference_rows, draw) for _ in range(repeats)]


def _find_delay(
    rows_a_day: int,
    shifted: npt.NDArray[np.float64],
    limits: DriftLimits,
    reference_rows: int,
    draw: np.random.Generator,
) -> int:
    reference = tuple(draw.multinomial(reference_rows, DECILES).tolist())
    part = ComparedPart("values", "number", 0, reference, is_ordered=True)
    before = draw.multinomial(rows_a_day // DAY, DECILES, WEEK)
    after = draw.multinomial(rows_a_day // DAY, shifted, WEEK)
    sums = np.concatenate((np.zeros((1, 10), dtype=np.int64), before, after)).cumsum(0)
    level = limits.level(3600, WINDOWS * PARTS)
    for hour in range(1, WEEK + 1):
        end = WEEK + hour
        for hours in window_hours(rows_a_day):
            counts = (sums[end] - sums[end - hours]).tolist()
            if find_difference(part, counts, limits, level):
                return hour
    return WEEK + 1
