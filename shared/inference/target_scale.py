"""The scale on which two numbers of a regression are compared: that of its target.

A difference of 64 is small for prices around a billion that spread over millions. For seconds since
1970 that spread over minutes, it is large.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from shared.contract.parity import TargetScale

_FAR = 10.0
"""Number of standard deviations from the mean where a prediction is far outside of the target."""


def measure_target_scale(target: npt.NDArray[Any]) -> TargetScale:
    """Return mean and standard deviation of a *target* that has at least two values."""
    middle = float(np.mean(target, dtype=np.float64))
    deviation = float(np.std(target, dtype=np.float64))
    # The squares of numbers below 1e-160 are 0.
    return TargetScale(mean=middle, deviation=deviation or float(np.ptp(target)))


def relative_differences(
    scale: TargetScale, expected: npt.NDArray[Any], found: npt.NDArray[Any]
) -> npt.NDArray[np.float64]:
    """Return the difference of each two numbers, relative to the standard deviation.

    Far outside of the target, a difference is relative to the distance from its mean.
    """
    distance = np.abs(expected - scale.mean)
    size = np.where(distance > _FAR * scale.deviation, distance, scale.deviation)
    return np.asarray(np.abs(expected - found) / size, dtype=np.float64)
