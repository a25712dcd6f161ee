"""Quantities of Kubernetes, such as 2Gi or 500m, as numbers."""

import re
from decimal import Decimal

_UNITS = {
    "": Decimal(1),
    "m": Decimal("0.001"),
    **{unit: Decimal(1000) ** power for power, unit in enumerate("kMGT", 1)},
    **{f"{unit}i": Decimal(1024) ** power for power, unit in enumerate("KMGT", 1)},
}


def read_quantity(quantity: str | float) -> Decimal:
    """Return the number that a quantity means."""
    found = re.fullmatch(r"([0-9.]+)([a-zA-Z]*)", str(quantity))
    assert found, quantity
    return Decimal(found[1]) * _UNITS[found[2]]
