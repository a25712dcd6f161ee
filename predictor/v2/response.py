"""Outputs to the body of an infer response."""

from collections.abc import Mapping, Sequence

import msgspec

from predictor.replies import Reply
from predictor.served import Served
from predictor.v2 import binary
from predictor.v2.replies import ok
from predictor.v2.tensors import OutputTensor


def write_response(
    served: Served,
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
        return ok(served, content)
    text = msgspec.json.encode(content)
    headers = {
        **served.headers,
        "content-type": "application/octet-stream",
        binary.HEADER: str(len(text)),
    }
    return Reply(200, headers, b"".join((text, *buffers)))
