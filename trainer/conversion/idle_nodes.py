"""Remove nodes that return their input. skl2onnx leaves some, and each takes 1 to 2 µs."""

import onnx

_TYPES = {"ArgMax": onnx.TensorProto.INT64}
"""Operators with one type of output."""


def remove_idle_nodes(model: onnx.ModelProto) -> None:
    """Remove each Identity, and each cast to the type that a value has, in place."""
    graph = model.graph
    if any(attribute.HasField("g") for node in graph.node for attribute in node.attribute):
        return  # inner graphs read values of the outer one by name
    producers = {output: node for node in graph.node for output in node.output}
    public = {output.name for output in graph.output}
    for node in list(graph.node):
        if node.op_type not in {"Identity", "Cast"}:
            continue
        (value,), (result,) = node.input, node.output
        producer = producers.get(value)
        if producer is None or value in public or not _is_idle(node, producer):
            continue
        graph.node.remove(node)
        for other in graph.node:
            other.input[:] = [result if name == value else name for name in other.input]
        producer.output[:] = [result if name == value else name for name in producer.output]
        producers[result] = producer


def _is_idle(node: onnx.NodeProto, producer: onnx.NodeProto) -> bool:
    if node.op_type == "Identity":
        return True
    type_ = _TYPES.get(producer.op_type)
    if producer.op_type == "Cast":
        type_ = producer.attribute[0].i
    return bool(node.attribute[0].i == type_)
