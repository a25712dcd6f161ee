"""Give the bare model its inputs from encoded rows, as its own runtime takes them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.contract.documents import Feature
from shared.inference.dataframe import MISSING_CATEGORY, UNSEEN_CATEGORY
from shared.inference.servable import Rows
from trainer.brought_models.bare.input_plan import NUMPY_TYPES, InputPlan

INTEGER_LIMITS = {"tensor(int64)": 2.0**53, "tensor(int32)": 2.0**31 - 1}
"""Numbers beyond ± these are sent to an integer input as the nearest of them."""


def make_feeds(
    plan: InputPlan, features: Sequence[Feature], rows: Rows
) -> dict[str, npt.NDArray[Any]]:
    """Return an array for each input, with the rows in the type of the input."""
    rounded = rows.astype(plan.number_type)
    feeds = {}
    for port, columns in zip(plan.ports, plan.columns, strict=True):
        part = rounded[:, list(columns)]
        if port.type == "tensor(string)":
            tables = [list_strings(features[index]) for index in columns]
            values = np.column_stack(
                [_decode(column, table) for column, table in zip(part.T, tables, strict=True)]
            )
        else:
            limit = INTEGER_LIMITS.get(port.type)
            bounded = part if limit is None else np.clip(part, -limit, limit)
            values = np.asarray(bounded, dtype=NUMPY_TYPES[port.type])
        feeds[port.name] = values if len(port.shape) > 1 else values[:, 0]
    return feeds


def list_strings(feature: Feature) -> list[str]:
    """Return the strings of the codes -2 (missing), -1 (unseen) and from 0 (the categories)."""
    return [MISSING_CATEGORY, UNSEEN_CATEGORY, *(feature.categories or ())]


def _decode(column: npt.NDArray[Any], table: list[str]) -> npt.NDArray[np.object_]:
    strings = np.array(table, dtype=object)
    return strings[np.where(np.isnan(column), -2.0, column).astype(np.intp) + 2]
