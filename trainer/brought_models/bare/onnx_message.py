"""Read an ONNX file, and refuse the files that no wrapping can make servable. They are untrusted.

Only the child process of `model_child` calls this module.
"""

from collections.abc import Iterator

import onnx

from shared.text import quote
from trainer.brought_models.bare.unfit_model import UnfitModelError

MIN_OPSET = 9
"""The oldest operator set that the nodes around a model exist in, of the year 2018."""
_STANDARD = ("", "ai.onnx")


def read_message(data: bytes) -> onnx.ModelProto:
    """Parse the bytes of a file. Raises UnfitModelError if it is not a whole model in one file."""
    try:
        message: onnx.ModelProto = onnx.ModelProto.FromString(data)
    except Exception:  # noqa: BLE001 - protobuf, whose error it is, has no types
        message = onnx.ModelProto()
    graph = message.graph
    if not (graph.node or graph.input or graph.output):
        raise UnfitModelError(
            "The file is not an ONNX model, or it is cut off. Export the model again."
        )
    if not graph.output:
        raise UnfitModelError("The model has no output. Export it with its prediction as output.")
    for tensor in walk_tensors(graph):
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            raise UnfitModelError(
                f"The weights {quote(tensor.name)} are in another file, but a model must be one "
                "file. Save it with onnx.save(onnx.load(path), path, save_as_external_data=False)."
            )
    if read_opset(message) < MIN_OPSET:
        raise UnfitModelError(
            f"The model has the operator set {read_opset(message)}; at least {MIN_OPSET} is "
            f"needed. Export it with a newer one, such as opset 17."
        )
    return message


def read_opset(message: onnx.ModelProto, domain: str = "") -> int:
    """Return the version of the operators of *domain*; 0 if the model does not import it."""
    names = _STANDARD if domain in _STANDARD else (domain,)
    versions = [each.version for each in message.opset_import if each.domain in names]
    # A model that has only nodes of ai.onnx.ml need not import the standard domain.
    return versions[-1] if versions else (MIN_OPSET if domain in _STANDARD else 0)


def walk_tensors(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    """Yield the constants of a graph and of the graphs inside it."""
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors
            for inner in (*attribute.graphs, *([attribute.g] if attribute.HasField("g") else [])):
                yield from walk_tensors(inner)
