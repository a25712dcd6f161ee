"""Turn the tensor of rows that a predictor sends into the inputs of the model."""

from collections.abc import Sequence

import numpy as np
from onnx import TensorProto

from shared.contract.documents import Feature
from trainer.brought_models.bare.input_feeds import INTEGER_LIMITS, list_strings
from trainer.brought_models.bare.input_plan import InputPlan
from trainer.brought_models.graph_nodes import GraphNodes

_ONNX_TYPES = {
    "tensor(float)": TensorProto.FLOAT,
    "tensor(double)": TensorProto.DOUBLE,
    "tensor(int64)": TensorProto.INT64,
    "tensor(int32)": TensorProto.INT32,
    "tensor(bool)": TensorProto.BOOL,
}
_SPLIT_BY_INPUT = 13
"""The operator set from which Split takes the sizes as an input."""


def add_inputs(nodes: GraphNodes, plan: InputPlan, features: Sequence[Feature], opset: int) -> str:
    """Add the nodes, and return the name of the tensor of rows.

    It is the model's own input if that takes the rows just as they are.
    """
    if plan.is_plain:
        return plan.ports[0].name
    rows = nodes.name("rows")
    number = np.dtype(plan.number_type)
    parts = [rows]
    if len(plan.ports) > 1:
        parts = _split(nodes, rows, len(features), opset)
    for port, columns in zip(plan.ports, plan.columns, strict=True):
        part = parts[columns[0]] if len(parts) > 1 else rows
        if port.type == "tensor(string)":
            part = _decode(nodes, part, [features[index] for index in columns], number)
        elif port.type != {"float32": "tensor(float)", "float64": "tensor(double)"}[number.name]:
            if port.type in INTEGER_LIMITS:
                limit = np.array(INTEGER_LIMITS[port.type], dtype=number)
                part = nodes.add("Max", [part, nodes.constant(-limit)])
                part = nodes.add("Min", [part, nodes.constant(limit)])
            part = nodes.add("Cast", [part], to=_ONNX_TYPES[port.type])
        if len(port.shape) == 1:
            nodes.add("Reshape", [part, nodes.integers(-1)], port.name)
        else:
            nodes.add("Identity", [part], port.name)
    return rows


def _split(nodes: GraphNodes, rows: str, count: int, opset: int) -> list[str]:
    names = [nodes.name("column") for _ in range(count)]
    if opset < _SPLIT_BY_INPUT:
        return nodes.add_several("Split", [rows], names, axis=1, split=[1] * count)
    return nodes.add_several("Split", [rows, nodes.integers(*[1] * count)], names, axis=1)


def _decode(
    nodes: GraphNodes, codes: str, features: Sequence[Feature], number: np.dtype[np.floating]
) -> str:
    """Turn codes into strings, by one table for all columns."""
    table, starts = list[str](), list[int]()
    for feature in features:
        starts.append(len(table) + 2)
        table += list_strings(feature)
    missing = nodes.add("IsNaN", [codes])
    minus_two = nodes.constant(np.array(-2.0, dtype=number))
    codes = nodes.add("Where", [missing, minus_two, codes])
    codes = nodes.add("Cast", [codes], to=TensorProto.INT64)
    places = nodes.add("Add", [codes, nodes.integers(*starts)])
    return nodes.add("Gather", [nodes.constant(np.array(table, dtype=object)), places])
