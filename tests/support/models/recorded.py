"""Record a function of rows, and run the nodes that it becomes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import pandas as pd
from onnx import TensorProto, helper

from trainer.conversion.expressions.emission import Emission, split_by_type
from trainer.conversion.expressions.expression import FLOAT, STRING, Node
from trainer.conversion.nodes.onnx_nodes import NodeBuilder
from trainer.conversion.recording.recorder import record

UNSEEN = "<unseen>"


class _Scope:
    """Gives unique names, as a scope of skl2onnx does."""

    count = 0

    def get_unique_variable_name(self, seed: str) -> str:
        self.count += 1
        return f"{seed}_{self.count}"

    get_unique_operator_name = get_unique_variable_name


class _Container:
    """Collects nodes and constants, as a container of skl2onnx does."""

    def __init__(self) -> None:
        self.nodes = list[onnx.NodeProto]()
        self.constants = list[onnx.TensorProto]()

    def add_node(
        self, kind: str, inputs: Any, outputs: Any, op_domain: str = "", **more: Any
    ) -> None:
        more.pop("op_version", None)
        node = helper.make_node(kind, inputs, outputs, domain=op_domain, **more)
        self.nodes.append(node)

    def add_initializer(self, name: str, type_: int, shape: Any, content: Any) -> None:
        self.constants.append(helper.make_tensor(name, type_, shape, content))


def served_values(function: Callable[[Any], Any], rows: pd.DataFrame, *, as_array: bool) -> Any:
    """Return what the recorded function gives for *rows*: one array of objects."""
    tensors, columns = dict[Node, tuple[str, Any]](), list[Node]()
    for index, name in enumerate(rows.columns):
        is_string = rows[name].dtype == object
        node = Node("tensor", (), 1, STRING if is_string else FLOAT)
        if is_string:
            known = tuple(dict.fromkeys(("", UNSEEN, *rows[name])))
            node = Node("tensor", (), 1, STRING, domain=known)
        tensors[node] = (f"x{index}", rows[[name]].to_numpy())
        columns.append(node)
    names = None if as_array else list(rows.columns)
    results = list(split_by_type(record(function, columns, names).columns))
    container = _Container()
    builder = NodeBuilder(_Scope(), container)
    emission = Emission(builder, {node: name for node, (name, _) in tensors.items()})
    outputs = [
        builder.add("Identity", [emission.add_result(result)], f"result_{index}")
        for index, result in enumerate(results)
    ]
    return _run(container, tensors, outputs, results)


def _run(container: Any, tensors: Any, outputs: list[str], results: list[Node]) -> Any:
    inputs = dict(tensors.values())
    graph = helper.make_graph(
        container.nodes,
        "function",
        [
            helper.make_tensor_value_info(
                name,
                TensorProto.STRING if values.dtype == object else TensorProto.DOUBLE,
                [None, 1],
            )
            for name, values in inputs.items()
        ],
        [
            helper.make_tensor_value_info(
                name, TensorProto.STRING if result.dtype == STRING else TensorProto.DOUBLE, None
            )
            for name, result in zip(outputs, results, strict=True)
        ],
        container.constants,
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 5)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    used = {each.name for each in session.get_inputs()}
    count = len(next(iter(inputs.values())))
    found = session.run(outputs, {name: v for name, v in inputs.items() if name in used})
    assert {len(each) for each in found} == {count}
    return np.column_stack([each.astype(object) for each in found])


def fitted_values(function: Callable[[Any], Any], rows: Any) -> npt.NDArray[np.object_]:
    """Return what the function itself gives, numbers as float64."""
    found: Any = function(rows)
    if isinstance(found, np.ndarray):
        found = pd.DataFrame(found)
    frame = pd.DataFrame(found)
    columns = [
        frame.iloc[:, index].to_numpy()
        if str(frame.dtypes.iloc[index]) in {"object", "str"}
        else frame.iloc[:, index].astype(np.float64).to_numpy()
        for index in range(frame.shape[1])
    ]
    return np.column_stack([column.astype(object) for column in columns])
