"""Use operators of ai.onnx.ml that are newer than skl2onnx 1.20 accepts."""

import onnx

DOMAIN = "ai.onnx.ml"
NEWEST = 5
ACCEPTED = 3
"""The newest version that skl2onnx accepts for a node; `declare_operator_set` corrects it."""


def declare_operator_set(model: onnx.ModelProto) -> None:
    """Declare the newest version of ai.onnx.ml in a converted model that needs it, in place.

    The other operators of the domain mean the same in this version.
    """
    is_needed = any(
        node.op_type == "TreeEnsemble" or any(each.name == "keys_tensor" for each in node.attribute)
        for node in model.graph.node
    )
    for entry in model.opset_import if is_needed else ():
        if entry.domain == DOMAIN:
            entry.version = NEWEST
