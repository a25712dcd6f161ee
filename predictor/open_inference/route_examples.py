"""A summary and an example for each route of the protocol, for /docs."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from predictor.open_inference.openapi import MODEL, VERSION
from shared.http.openapi_examples import RouteExample
from shared.version import VERSION as RELEASE

_NAME = "logistic_regression"
_TENSORS: Mapping[str, Any] = {
    "name": _NAME,
    "versions": ["3"],
    "platform": "onnx_onnxv1",
    "inputs": [{"name": "features", "datatype": "FP32", "shape": [-1, 2]}],
    "outputs": [
        {"name": "label", "datatype": "BYTES", "shape": [-1]},
        {"name": "probabilities", "datatype": "FP32", "shape": [-1, 2]},
    ],
}
_REQUEST = {
    "id": "42",
    "inputs": [{"name": "features", "datatype": "FP32", "shape": [1, 2], "data": [17.99, 10.38]}],
}
_RESPONSE = {
    "model_name": _NAME,
    "model_version": "3",
    "id": "42",
    "outputs": [
        {"name": "label", "datatype": "BYTES", "shape": [1], "data": ["malignant"]},
        {"name": "probabilities", "datatype": "FP32", "shape": [1, 2], "data": [0.98, 0.02]},
    ],
}


def _of_the_model() -> Mapping[str, RouteExample]:
    """Describe the routes of the model, without and with a version in the path."""
    named = {"name": _NAME, "version": "3"}
    ready = {"name": _NAME, "ready": True}
    examples: dict[str, RouteExample] = {}
    for path in (MODEL, VERSION):
        examples |= {
            f"GET {path}": RouteExample("The model's inputs and outputs", _TENSORS, None, named),
            f"GET {path}/ready": RouteExample("The model is served", ready, None, named),
            f"POST {path}/infer": RouteExample("Predict rows", _RESPONSE, _REQUEST, named),
        }
    return examples


EXAMPLES: Mapping[str, RouteExample] = MappingProxyType(
    {
        "GET /v2": RouteExample(
            "The server and its extensions",
            {"name": "modelgate", "version": RELEASE, "extensions": ["binary_tensor_data"]},
        ),
        "GET /v2/health/live": RouteExample("The process responds", {"live": True}),
        "GET /v2/health/ready": RouteExample("A model is served", {"ready": True}),
        **_of_the_model(),
    }
)
