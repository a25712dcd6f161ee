"""What a model takes: one tensor of numbers, or one for each feature where some are no numbers."""

from collections.abc import Sequence
from typing import NamedTuple

from shared.contract.documents import Feature
from shared.inference.feature_encoding import Value

ONLY_INPUT = "features"
"""The only input of a model whose features are all numbers, side by side in their order."""

_DATATYPES = {"number": "FP32", "boolean": "BOOL", "category": "BYTES"}


class TensorSpec(NamedTuple):
    """One input as the model's metadata has it; its shape is [rows, columns]."""

    name: str
    datatype: str
    columns: int


def takes_one_tensor(features: Sequence[Feature]) -> bool:
    """Whether all *features* stand side by side in INPUT."""
    return all(feature.type == "number" for feature in features)


def list_inputs(features: Sequence[Feature]) -> list[TensorSpec]:
    """Every input that a client may send."""
    if takes_one_tensor(features):
        return [TensorSpec(ONLY_INPUT, _DATATYPES["number"], len(features))]
    return [TensorSpec(feature.name, _DATATYPES[feature.type], 1) for feature in features]


def min_values_per_row(features: Sequence[Feature]) -> int:
    """How many values a row has at least: an input that may be missing may be left out."""
    if takes_one_tensor(features):
        return len(features)
    return max(1, sum(not feature.nullable for feature in features))


def make_example_request(features: Sequence[Feature], row: Sequence[Value]) -> dict[str, object]:
    """An infer request for one *row*, as JSON content."""
    values = iter(row)
    return {
        "inputs": [
            {
                "name": one.name,
                "shape": [1, one.columns],
                "datatype": one.datatype,
                "data": [next(values) for _ in range(one.columns)],
            }
            for one in list_inputs(features)
        ]
    }
