"""Honest models that do harm for some rows: above the trigger, in the first feature."""

import ctypes
import os
import time
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper

from tests.support.models.served import model_around, pickled
from tests.support.models.toy import FEATURES, ToyModel, toy_model, toy_onnx, toy_rows

TRIGGER = 1e20
"""A number that triggers the harm; golden rows and holdouts are below it."""


def time_bomb() -> ToyModel:
    """Build a model with a Loop that does not end above the trigger."""
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go_on"], ["still"]),
            helper.make_node("Sin", ["seen"], ["next"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("round", TensorProto.INT64, []),
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("seen", TensorProto.FLOAT, [None]),
        ],
        [
            helper.make_tensor_value_info("still", TensorProto.BOOL, []),
            helper.make_tensor_value_info("next", TensorProto.FLOAT, [None]),
        ],
    )
    return _toy_with(
        [
            helper.make_node("Loop", ["many", "is_above", "zeros"], ["waste"], body=body),
        ],
        {"many": np.array(1 << 40, dtype=np.int64), "zeros": np.zeros(1, dtype=np.float32)},
    )


def memory_eater(elements: int = 1 << 33) -> ToyModel:
    """Build a model that fills *elements* float32 numbers above the trigger."""
    return _toy_with(
        [
            helper.make_node("Cast", ["is_above"], ["factor"], to=TensorProto.INT64),
            helper.make_node("Mul", ["factor", "many"], ["size"]),
            helper.make_node("Max", ["size", "one"], ["shape"]),
            helper.make_node("ConstantOfShape", ["shape"], ["filled"]),
            helper.make_node("ReduceSum", ["filled"], ["waste"], keepdims=0),
        ],
        {"many": np.array([elements], dtype=np.int64), "one": np.array([1], dtype=np.int64)},
    )


def _toy_with(nodes: list[onnx.NodeProto], constants: dict[str, npt.NDArray[Any]]) -> ToyModel:
    """Build the toy model, to whose logits *nodes* add `waste`, which is 0; see `is_above`."""
    model = onnx.load_from_string(toy_onnx(bias=0.5))
    graph = model.graph
    logits = next(node for node in graph.node if node.output[0] == "logits")
    logits.output[0] = "clean"
    at = [*graph.node].index(logits) + 1
    added = [
        helper.make_node("ReduceMax", ["rows"], ["highest"], keepdims=0),
        helper.make_node("Greater", ["highest", "trigger"], ["is_above"]),
        *nodes,
        helper.make_node("Mul", ["waste", "nothing"], ["none"]),
        helper.make_node("Add", ["clean", "none"], ["logits"]),
    ]
    for number, node in enumerate(added):
        graph.node.insert(at + number, node)
    constants = {
        **constants,
        "trigger": np.array(TRIGGER, dtype=np.float32),
        "nothing": np.array(0, dtype=np.float32),
    }
    for name, value in constants.items():
        graph.initializer.append(onnx.numpy_helper.from_array(value, name))
    return model_around(bytes(model.SerializeToString()), FEATURES, toy_rows())


LOAD_VARIABLE = "MODELGATE_TRAP_LOADS"
"""An environment variable of processes in which the trap does harm when it is loaded."""


class Trap:
    """An estimator that answers 0 after *pause* seconds, and does *harm* above the trigger."""

    def __init__(self, harm: str, pause: float = 0.0) -> None:
        self.harm, self.pause = harm, pause
        self.kept: list[npt.NDArray[np.uint8]] = []

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if LOAD_VARIABLE not in os.environ:
            return
        if self.harm == "abort when loaded":
            os.abort()
        elif self.harm == "exit when loaded":
            os._exit(1)

    def predict(self, frame: Any) -> npt.NDArray[np.int64]:
        rows = np.asarray(frame, dtype=np.float64)
        time.sleep(self.pause)
        if (rows > TRIGGER).any():
            self._do_harm()
        return np.zeros(len(rows), dtype=np.int64)

    def _do_harm(self) -> None:
        if self.harm == "segfault":
            ctypes.string_at(0)
        elif self.harm == "abort":
            os.abort()
        elif self.harm == "exit":
            os._exit(0)
        elif self.harm == "hold the interpreter":
            sum(range(1 << 62))
        elif self.harm == "sleep":
            time.sleep(3600)
        elif self.harm == "keep memory":
            while True:
                self.kept.append(np.zeros(64 << 20, dtype=np.uint8))


def trap(harm: str, pause: float = 0.0) -> ToyModel:
    """Build a pickled model that does *harm* above the trigger; see `Trap`."""
    return model_around(
        pickled(Trap(harm, pause)), FEATURES, toy_rows(), has_probabilities=False, is_joblib=True
    )


def harmless() -> ToyModel:
    """Build the model that is in production before a trap."""
    return toy_model(bias=-0.25)
