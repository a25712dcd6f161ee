"""The protocol in the OpenAPI document: its responses, and the infer body that we parse by hand.

The example is a row of the model that is served, so that "Try it out" in /docs works.
"""

import copy
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, Field

from predictor.http.response_models import VERSION_HEADER
from predictor.lifecycle.served_model import ServedModel
from predictor.open_inference.metadata import make_example_request
from predictor.open_inference.tensor_data import NUMBER_TYPES

MODEL = "/v2/models/{name}"
VERSION = MODEL + "/versions/{version}"


class ServerMetadata(BaseModel):
    """The server and the extensions of the protocol that it supports."""

    name: str
    version: str
    extensions: list[str]


class ServerLive(BaseModel):
    """The process responds."""

    live: bool


class ServerReady(BaseModel):
    """A model is served."""

    ready: bool


class ModelReady(BaseModel):
    """This model is served."""

    name: str
    ready: bool


class TensorMetadata(BaseModel):
    """An input or output; -1 in its shape means any number of rows."""

    name: str
    datatype: str
    shape: list[int]


class ModelMetadata(BaseModel):
    """The model that is served, and the only version that clients can request."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]


class InferOutput(BaseModel):
    """One output. Its elements are in `data`, flat, or in binary behind the JSON."""

    name: str
    datatype: str
    shape: list[int]
    parameters: dict[str, int] | None = Field(
        default=None, description="binary_data_size, if the elements are in binary."
    )
    data: list[Any] | None = None


class InferAnswer(BaseModel):
    """The predictions for all rows."""

    model_name: str
    model_version: str = Field(description="The registry version that made all predictions.")
    id: str | None = Field(
        default=None,
        description="The id of the request, or a generated one if it had none and is logged.",
    )
    outputs: list[InferOutput]


class ProtocolError(BaseModel):
    """The body of every error of the protocol's routes."""

    error: str


def _parameter(name: str, description: str, **more: Any) -> dict[str, Any]:
    defaults = {"in": "path", "required": True, "schema": {"type": "string"}}
    return {"name": name, "description": description, **defaults, **more}


_JSON_LENGTH = "The size of the JSON in bytes, if binary data follows it."
NAME_PARAMETER = _parameter("name", "The model's name, as in the registry.")
VERSION_PARAMETER = _parameter(
    "version", "The registry version; only the version that is served is found."
)
BINARY_PARAMETER = _parameter(
    "Inference-Header-Content-Length",
    _JSON_LENGTH,
    **{"in": "header", "required": False, "schema": {"type": "integer", "minimum": 1}},
)
_BINARY = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
INFERRED: dict[str, Any] = {
    "description": "The outputs; application/octet-stream if some are in binary.",
    "content": _BINARY,
    "headers": {
        **VERSION_HEADER,
        "Inference-Header-Content-Length": {
            "description": _JSON_LENGTH,
            "schema": {"type": "integer"},
        },
    },
}


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties}


def _list(description: str, items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "description": description, "items": items, **more}


def _parameters(description: str) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": True, "description": description}


_STRING = {"type": "string"}
_INPUT = _object(
    ["name", "shape", "datatype"],
    name=_STRING,
    shape={"type": "array", "items": {"type": "integer"}},
    datatype={**_STRING, "enum": [*NUMBER_TYPES, "BOOL", "BYTES"]},
    parameters=_parameters("binary_data_size: the bytes of this input behind the JSON."),
    data=_list("The values, flat or by row; null for a missing value.", {}),
)
_OUTPUT = _object(
    ["name"],
    name=_STRING,
    parameters=_parameters("binary_data: whether this output is sent in binary."),
)
_SCHEMA = _object(
    ["inputs"],
    id={**_STRING, "description": "Returned in the response."},
    parameters=_parameters("binary_data_output: whether outputs are sent in binary."),
    inputs=_list("One for each input in the model's metadata.", _INPUT, minItems=1),
    outputs=_list("The outputs to send; default: all.", _OUTPUT),
)


def make_infer_body(served: ServedModel | None = None) -> dict[str, Any]:
    """Describe the body of infer, with a row of the model *served* as its example."""
    json: dict[str, Any] = {"schema": _SCHEMA}
    if served is not None:
        json["example"] = make_example_request(served.model.artefact, served.model.example)
    return {"required": True, "content": {"application/json": json, **_BINARY}}


def keep_infer_examples_current(app: FastAPI, get_served: Callable[[], ServedModel | None]) -> None:
    """Let the document always show the name, version and a row of the model that is served."""
    describe = app.openapi

    def document() -> dict[str, Any]:
        content = describe()
        served = get_served()
        if served is None:
            return content
        content = copy.deepcopy(content)
        now = {"name": served.registry.model_name, "version": str(served.version)}
        for path, methods in content["paths"].items():
            if not path.startswith(MODEL):
                continue
            for operation in methods.values():
                for parameter in operation["parameters"]:
                    if parameter["name"] in now:
                        parameter["example"] = now[parameter["name"]]
            if path.endswith("/infer"):
                methods["post"]["requestBody"] = make_infer_body(served)
        return content

    app.openapi = document  # type: ignore[method-assign]  # the way that FastAPI documents
