"""Return the probabilities of a converted classifier as a tensor of float32 from 0 to 1."""

import onnx
from onnx import TensorProto, helper

_CLIP_BY_ATTRIBUTES, _CLIP_BY_INPUTS = 6, 11
"""The operator sets in which the form of Clip changed."""
_WITHIN_BOUNDS = ("Div Abs", "Div TreeEnsemble", "Softmax")
"""The last operators before probabilities that are never below 0 or above 1."""


def replace_zip_map(model: onnx.ModelProto, classes: int, *, is_wide: bool) -> None:
    """Replace the last step, which returns dictionaries, by a tensor of probabilities.

    Clip them to 0 and 1 if they may be beyond: sums of float32 gave 1.0000001, and -1e-7 for the
    other class.
    """
    graph = model.graph
    (zip_map,) = [node for node in graph.node if node.op_type == "ZipMap"]
    (raw,), (name,) = zip_map.input, zip_map.output
    graph.node.remove(zip_map)
    if is_wide:
        raw = _cast_to_float32(graph, raw)
    is_safe = _is_within_bounds(graph, raw)
    graph.node.append(
        helper.make_node("Identity", [raw], [name]) if is_safe else _clip(model, raw, name)
    )
    graph.output[1].CopyFrom(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, classes])
    )


def _is_within_bounds(graph: onnx.GraphProto, name: str) -> bool:
    """Return whether the value needs no clip, by the operators that it comes from."""
    producers = {output: node for node in graph.node for output in node.output}
    kinds = list[str]()
    while name in producers:
        node = producers[name]
        kinds += [node.op_type] if node.op_type not in {"Cast", "Identity"} else []
        name = node.input[0] if node.input else ""
    return " ".join(kinds).startswith(_WITHIN_BOUNDS)


def _clip(model: onnx.ModelProto, values: str, name: str) -> onnx.NodeProto:
    """Return a node that clips *values* to 0 and 1, in the form of the model's operator set.

    The model has the lowest operator set that its nodes need. A higher set may change their
    meaning, so it stays.
    """
    versions = {entry.domain: entry.version for entry in model.opset_import}
    if versions.get("", 0) < _CLIP_BY_INPUTS:
        if versions.get("", 0) < _CLIP_BY_ATTRIBUTES:
            model.opset_import.append(helper.make_opsetid("", _CLIP_BY_ATTRIBUTES))
        return helper.make_node("Clip", [values], [name], min=0.0, max=1.0)
    bounds = {"least": 0.0, "most": 1.0}
    model.graph.initializer.extend(
        helper.make_tensor(bound, TensorProto.FLOAT, [], [value]) for bound, value in bounds.items()
    )
    return helper.make_node("Clip", [values, *bounds], [name])


def _cast_to_float32(graph: onnx.GraphProto, name: str) -> str:
    narrow = f"{name}_as_float32"
    graph.node.append(helper.make_node("Cast", [name], [narrow], to=TensorProto.FLOAT))
    return narrow
