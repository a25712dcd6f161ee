"""Models as other tools export them: made from weights by hand, without the trainer's code."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

NUMBERS = 4
"""Features of the networks."""


def network(
    *tail: onnx.NodeProto,
    width: int = 3,
    type_: int = TensorProto.FLOAT,
    batch: int | str = "rows",
    columns: int | str = NUMBERS,
    output: str = "scores",
    opset: int = 17,
    seed: int = 0,
    outputs: Sequence[onnx.ValueInfoProto] | None = None,
    constants: Sequence[onnx.TensorProto] = (),
    domains: Sequence[tuple[str, int]] = (),
) -> onnx.ModelProto:
    """Return a network of two layers whose result `scores` the nodes of *tail* may change.

    Integers and float64 are cast to float32 before the first layer.
    """
    random = np.random.default_rng(seed)
    first = random.normal(size=(NUMBERS, 8)).astype(np.float32)
    second = random.normal(size=(8, width)).astype(np.float32)
    nodes = [
        helper.make_node("Cast", ["x"], ["narrow"], to=TensorProto.FLOAT),
        helper.make_node("MatMul", ["narrow", "first"], ["hidden"]),
        helper.make_node("Tanh", ["hidden"], ["active"]),
        helper.make_node("MatMul", ["active", "second"], ["scores"]),
    ]
    described = [helper.make_tensor_value_info(output, TensorProto.FLOAT, [batch, width])]
    return model(
        [*nodes, *tail],
        [helper.make_tensor_value_info("x", type_, [batch, columns])],
        described if outputs is None else outputs,
        [
            numpy_helper.from_array(first, "first"),
            numpy_helper.from_array(second, "second"),
            *constants,
        ],
        opset=opset,
        domains=domains,
    )


def model(
    nodes: Sequence[onnx.NodeProto],
    inputs: Sequence[onnx.ValueInfoProto],
    outputs: Sequence[onnx.ValueInfoProto],
    constants: Sequence[onnx.TensorProto] = (),
    *,
    opset: int = 17,
    domains: Sequence[tuple[str, int]] = (),
) -> onnx.ModelProto:
    """Return a model of these parts."""
    graph = helper.make_graph(nodes, "outside", inputs, outputs, list(constants))
    imports = [helper.make_opsetid("", opset), *(helper.make_opsetid(*each) for each in domains)]
    return helper.make_model(graph, opset_imports=imports, ir_version=8)


def softmax(*, batch: int | str = "rows", type_: int = TensorProto.FLOAT) -> onnx.ModelProto:
    """Return a network that gives probabilities of three classes."""
    tail = helper.make_node("Softmax", ["scores"], ["probabilities"], axis=1)
    return network(tail, output="probabilities", batch=batch, type_=type_)


def sigmoid() -> onnx.ModelProto:
    """Return a network that gives one probability."""
    tail = helper.make_node("Sigmoid", ["scores"], ["probability"])
    return network(tail, output="probability", width=1)


def labelled(*names: str) -> onnx.ModelProto:
    """Return a network that gives a name of a class, and its probabilities in that order."""
    constants = [numpy_helper.from_array(np.array(names, dtype=object), "names")]
    tail = [
        helper.make_node("Softmax", ["scores"], ["probabilities"], axis=1),
        helper.make_node("ArgMax", ["scores"], ["best"], axis=1, keepdims=0),
        helper.make_node("Gather", ["names", "best"], ["label"]),
    ]
    outputs = [
        helper.make_tensor_value_info("label", TensorProto.STRING, ["rows"]),
        helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["rows", len(names)]),
    ]
    return network(*tail, outputs=outputs, constants=constants)


def boosted_rows(rows: int, seed: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Return the rows and the classes that the boosted trees in `onnxmltools/` were fitted on."""
    x = np.random.default_rng(seed).integers(-20, 21, size=(rows, NUMBERS)) / 8.0
    return x, (x[:, 0] + x[:, 1] * x[:, 2] > 0).astype(np.int64)


def boosted_table(rows: int = 200, seed: int = 5) -> dict[str, Any]:
    """Return columns a to d and the target y, as for the boosted trees."""
    x, y = boosted_rows(rows, seed)
    return {**dict(zip("abcd", x.T, strict=True)), "y": y}


def mixed_table(rows: int = 200, seed: int = 5) -> dict[str, Any]:
    """Return a number, a column with a blank in its name, a string, and a target of strings."""
    random = np.random.default_rng(seed)
    size, age = random.integers(0, 40, rows) / 4.0, random.integers(18, 80, rows) / 2.0
    town = random.choice(np.array(["Graz", "Linz", "Wien"], dtype=object), rows)
    is_late = size + age / 4 + 4.0 * (town == "Wien") > 12
    return {"size": size, "age of car": age, "town": town, "y": np.where(is_late, "late", "ok")}


def whole(table: dict[str, Any]) -> dict[str, Any]:
    """Return a table with its numbers times eight, which are whole."""
    return {name: (v * 8).astype(np.int64) if name != "y" else v for name, v in table.items()}


def flags_table() -> dict[str, Any]:
    """Return columns a to d of booleans, and numbers near those of a network of one output."""
    random, weights = np.random.default_rng(1), np.random.default_rng(0)
    x = random.random((200, NUMBERS)) < 0.5
    scores = np.tanh(x @ weights.normal(size=(NUMBERS, 8))) @ weights.normal(size=(8, 1))
    numbers = scores[:, 0] + random.normal(scale=0.1, size=len(x))
    return {**dict(zip("abcd", x.T, strict=True)), "y": numbers}


def numbers_table(rows: int, task: str, seed: int = 1, network_seed: int = 0) -> dict[str, Any]:
    """Return columns a to d of whole numbers and a target that the networks mostly predict.

    *task* is `three` (classes), `two` or `value`.
    """
    random = np.random.default_rng(seed)
    # Spread over many values, so that no column looks like an identifier.
    x = random.integers(-20, 21, size=(rows, NUMBERS)) / 8.0
    weights = np.random.default_rng(network_seed)
    first = weights.normal(size=(NUMBERS, 8))
    second = weights.normal(size=(8, {"three": 3}.get(task, 1)))
    scores = np.tanh(x @ first) @ second
    columns = {name: x[:, index] for index, name in enumerate("abcd")}
    if task == "three":
        truth = np.array(["ash", "birch", "cedar"], dtype=object)[scores.argmax(axis=1)]
    elif task == "two":
        truth = (scores[:, 0] > 0).astype(np.int64)
    else:
        truth = scores[:, 0] + random.normal(scale=0.1, size=rows)
    return {**columns, "y": truth}


def by_names() -> onnx.ModelProto:
    """Return a model of two inputs with one column each, whose names are `left` and `right`."""
    nodes = [
        helper.make_node("Concat", ["left", "right"], ["pair"], axis=1),
        helper.make_node("Softmax", ["pair"], ["probabilities"], axis=1),
    ]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["rows", 1])
        for name in ("left", "right")
    ]
    output = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["rows", 2])
    return model(nodes, inputs, [output])
