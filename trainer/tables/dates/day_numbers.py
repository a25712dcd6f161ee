"""Recognise numbers that are days, such as 20240314."""

import numpy as np
import numpy.typing as npt

_FIRST, _LAST = 19000101, 21001231
_LAST_MONTH = 12


def are_days(numbers: npt.NDArray[np.float64], lowest: float, highest: float) -> bool:
    """Decide whether all numbers that are not missing are days, and at least two of them differ."""
    if not _FIRST <= lowest < highest <= _LAST:
        return False
    days = np.unique(numbers[~np.isnan(numbers)])
    if (days != np.floor(days)).any():
        return False
    whole = days.astype(np.int64)
    year, month, day = whole // 10_000, whole // 100 % 100, whole % 100
    if not ((month >= 1) & (month <= _LAST_MONTH) & (day >= 1)).all():
        return False
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    lengths = (months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")
    return bool((day <= lengths.astype(np.int64)).all())
