"""Nodes that return their input are removed, and the model answers the same."""

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from tests.unit.trainer.conversion.served_model import operators, served
from trainer.conversion.idle_nodes import remove_idle_nodes

ROWS = np.array([[1.0, 3.0], [4.0, 2.0]])


def model(*nodes: onnx.NodeProto, results: dict[str, int]) -> onnx.ModelProto:
    rows = helper.make_tensor_value_info("rows", TensorProto.FLOAT, [None, 2])
    outputs = [helper.make_tensor_value_info(name, kind, None) for name, kind in results.items()]
    graph = helper.make_graph(nodes, "graph", [rows], outputs)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


def node(kind: str, value: str, result: str, **more: Any) -> onnx.NodeProto:
    return helper.make_node(kind, [value], [result], **more)


def test_an_identity_and_a_cast_to_the_type_of_its_input_are_removed() -> None:
    idle = model(
        node("Neg", "rows", "a"),
        node("Identity", "a", "b"),
        node("ArgMax", "b", "c", axis=1, keepdims=0),
        node("Cast", "c", "label", to=TensorProto.INT64),
        node("Cast", "b", "d", to=TensorProto.DOUBLE),
        node("Cast", "d", "numbers", to=TensorProto.DOUBLE),
        results={"label": TensorProto.INT64, "numbers": TensorProto.DOUBLE},
    )

    remove_idle_nodes(idle)

    assert operators(idle.SerializeToString()) == ["Neg", "ArgMax", "Cast"]
    answers = served(idle.SerializeToString(), ROWS)
    assert answers.values.tolist() == [0, 1]
    assert np.array_equal(np.asarray(answers.probabilities), -ROWS)


def test_a_cast_to_another_type_stays() -> None:
    useful = model(
        node("ArgMax", "rows", "index", axis=1),
        node("Cast", "index", "label", to=TensorProto.FLOAT),
        results={"label": TensorProto.FLOAT},
    )

    remove_idle_nodes(useful)

    assert operators(useful.SerializeToString()) == ["ArgMax", "Cast"]


def test_the_copy_of_an_input_or_of_another_output_stays() -> None:
    copies = model(
        node("Identity", "rows", "same"),
        node("Neg", "rows", "negative"),
        node("Identity", "negative", "copy"),
        results=dict.fromkeys(("same", "negative", "copy"), TensorProto.FLOAT),
    )

    remove_idle_nodes(copies)

    assert operators(copies.SerializeToString()) == ["Identity", "Neg", "Identity"]
