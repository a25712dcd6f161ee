"""The true targets of rows, which scores compare with predictions."""

import numpy as np
import numpy.typing as npt

Truth = npt.NDArray[np.int64] | npt.NDArray[np.float64]
"""Shape [n]: class indices, or the numbers of a regression. Index 1 of two classes is positive."""
