"""Refuse numbers with different units."""

from collections.abc import Mapping

from trainer.tables.columns.number_formats import RATIOS
from trainer.tables.columns.value_counts import describe_counts


def explain_units(units: Mapping[str, int], without: int) -> str | None:
    """Explain that a column mixes units; None if it may be read as numbers.

    *units* are currencies and percent signs by their rows. *without* are the rows without one.
    Money may lack its currency, but 5 beside 5% may be 5 or 500%.
    """
    if len(units) <= 1 and not (without and units.keys() & {*RATIOS}):
        return None
    found = {**units, **({"no unit": without} if without else {})}
    return f"numbers with {describe_counts(found)}"
