"""Put the weights that are in other files into an ONNX model. All files are untrusted.

Only the child process of `model_child` calls this module.
"""

from collections.abc import Mapping

import onnx

from shared.text import quote
from trainer.brought_models.bare.onnx_message import walk_tensors
from trainer.brought_models.bare.unfit_model import UnfitModelError


def embed_weights(data: bytes, weights: Mapping[str, bytes]) -> bytes:
    """Return the bytes of a model with the *weights* of files, by their names, inside.

    Weights of other files stay outside, and a damaged model stays as it is: its reader explains
    both. Raises UnfitModelError if a file has fewer bytes than the model needs.
    """
    if not weights:
        return data
    try:
        message = onnx.ModelProto.FromString(data)
    except Exception:  # noqa: BLE001 - protobuf, whose error it is, has no types
        return data
    for tensor in walk_tensors(message.graph):
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            _embed(tensor, weights)
    return bytes(message.SerializeToString())


def _embed(tensor: onnx.TensorProto, weights: Mapping[str, bytes]) -> None:
    fields = {entry.key: entry.value for entry in tensor.external_data}
    content = weights.get(fields.get("location", ""))
    if content is None:
        return
    start, size = (_read_number(fields.get(key)) for key in ("offset", "length"))
    end = len(content) if size is None else (start or 0) + size
    if not 0 <= (start or 0) <= end <= len(content):
        raise UnfitModelError(
            f"The weights {quote(tensor.name)} end at byte {end} of {quote(fields['location'])}, "
            f"which has {len(content)} bytes. Save the model again."
        )
    del tensor.external_data[:]
    tensor.data_location = onnx.TensorProto.DEFAULT
    tensor.raw_data = content[start or 0 : end]


def _read_number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None
