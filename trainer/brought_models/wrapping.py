"""Wrap a model inside its own graph: from rows to labels and probabilities."""

from collections.abc import Sequence

import onnx
from onnx import TensorProto, helper

from shared.contract.documents import Feature
from shared.text import quote
from trainer.brought_models.bare.bare_model import BareModel
from trainer.brought_models.bare.input_plan import InputPlan
from trainer.brought_models.bare.onnx_message import read_opset
from trainer.brought_models.bare.output_plan import OutputPlan
from trainer.brought_models.bare.unfit_model import UnfitModelError
from trainer.brought_models.graph_nodes import GraphNodes
from trainer.brought_models.input_nodes import add_inputs
from trainer.brought_models.output_nodes import ML, add_outputs

_LEAST_IR_VERSION = 4
"""From this version on, a constant need not be listed among the inputs."""
_ML_VERSION = 2
_NUMBER_TYPES = {"float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE}


def wrap_model(
    bare: BareModel, inputs: InputPlan, outputs: OutputPlan, features: Sequence[Feature]
) -> bytes:
    """Return the model with one input of rows, and the outputs that predictors take.

    Its dimension of rows is free, also if that of the bare model is fixed.
    """
    message = onnx.ModelProto()
    message.CopyFrom(bare.message)
    graph, nodes = message.graph, GraphNodes(message)
    opset, ml_version = read_opset(message), read_opset(message, ML)
    rows = add_inputs(nodes, inputs, features, opset)
    before, nodes.nodes = nodes.nodes, []
    names = [port.name for port in bare.outputs]
    if outputs.is_map:
        assert outputs.numbers is not None  # noqa: S101 - a map has numbers
        names[outputs.numbers] = _take_zip_map(graph, names[outputs.numbers])
    is_wide = _is_wide(bare, outputs)
    described = add_outputs(nodes, outputs, names, is_wide, ml_version)
    inner = list(graph.node)
    del graph.node[:], graph.input[:], graph.output[:], graph.value_info[:]
    graph.node.extend([*before, *inner, *nodes.nodes])
    graph.initializer.extend(nodes.constants)
    number = _NUMBER_TYPES[inputs.number_type]
    graph.input.append(helper.make_tensor_value_info(rows, number, ["rows", len(features)]))
    graph.output.extend(described)
    message.ir_version = max(message.ir_version, _LEAST_IR_VERSION)
    _import_domains(message, nodes.nodes, ml_version)
    return bytes(message.SerializeToString(deterministic=True))


def _is_wide(bare: BareModel, outputs: OutputPlan) -> bool:
    return outputs.numbers is not None and bare.outputs[outputs.numbers].type == "tensor(double)"


def _take_zip_map(graph: onnx.GraphProto, output: str) -> str:
    """Remove the ZipMap that makes the maps of *output*, and return the name of its tensor."""
    for index, node in enumerate(graph.node):
        if output in node.output:
            if node.op_type == "ZipMap" and not _is_used(graph, output):
                del graph.node[index]
                return str(node.input[0])
            break
    raise UnfitModelError(
        f"The maps of the output {quote(output)} are not made by a ZipMap at the end of the model. "
        "Export the model with a tensor of probabilities, such as with zipmap=False."
    )


def _is_used(graph: onnx.GraphProto, name: str) -> bool:
    return any(name in node.input for node in graph.node)


def _import_domains(
    message: onnx.ModelProto, added: Sequence[onnx.NodeProto], ml_version: int
) -> None:
    """Import the operators of the added nodes, if the model does not."""
    known = {each.domain for each in message.opset_import}
    if not known & {"", "ai.onnx"}:
        message.opset_import.append(helper.make_opsetid("", read_opset(message)))
    if not ml_version and any(node.domain == ML for node in added):
        message.opset_import.append(helper.make_opsetid(ML, _ML_VERSION))
