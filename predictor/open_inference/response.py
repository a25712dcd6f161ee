"""Outputs to the body of an infer response."""

from collections.abc import Mapping, Sequence

import msgspec

from predictor.codec.reply import Reply
from predictor.lifecycle.served_model import ServedModel
from predictor.open_inference import binary
from predictor.open_inference.replies import ok_reply
from predictor.open_inference.tensors import OutputTensor


def write_response(
    served: ServedModel,
    request_id: str | None,
    outputs: Sequence[tuple[str, OutputTensor, bool]],
) -> Reply:
    """The answer with *outputs*: for each its name, its tensor and whether it goes in binary."""
    told, buffers = [], []
    for name, tensor, is_binary in outputs:
        output: dict[str, object] = {
            "name": name,
            "datatype": tensor.datatype,
            "shape": tensor.shape,
        }
        if is_binary:
            buffers.append(tensor.to_bytes())
            output["parameters"] = {"binary_data_size": len(buffers[-1])}
        else:
            output["data"] = tensor.to_list()
        told.append(output)
    content: Mapping[str, object] = {
        "model_name": served.registry.model_name,
        "model_version": str(served.version),
        **({} if request_id is None else {"id": request_id}),
        "outputs": told,
    }
    if not buffers:
        return ok_reply(served, content)
    text = msgspec.json.encode(content)
    headers = {
        **served.headers,
        "content-type": "application/octet-stream",
        binary.HEADER: str(len(text)),
    }
    return Reply(200, headers, b"".join((text, *buffers)))
