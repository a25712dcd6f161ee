"""The part of the OpenAPI document that FastAPI cannot see: infer's hand-parsed body.

Its example is a row of the model that is served, so that «Try it out» in /docs answers.
"""

import copy
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI

from predictor.lifecycle.served_model import ServedModel
from predictor.open_inference.inputs import make_example_request
from predictor.open_inference.tensors import NUMBER_TYPES

MODEL = "/v2/models/{name}"
VERSION = MODEL + "/versions/{version}"
NAME_PARAMETER = {
    "name": "name",
    "in": "path",
    "required": True,
    "description": "The model's name, as the registry has it.",
    "schema": {"type": "string"},
}
VERSION_PARAMETER = {
    "name": "version",
    "in": "path",
    "required": True,
    "description": "The registry version; only the one that is served answers.",
    "schema": {"type": "string"},
}
BINARY_PARAMETER = {
    "name": "Inference-Header-Content-Length",
    "in": "header",
    "required": False,
    "description": "The size of the JSON in bytes, where binary data follows it.",
    "schema": {"type": "integer", "minimum": 1},
}
_BINARY = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
INFERRED: dict[str, Any] = {
    "description": "The outputs; as application/octet-stream where some are in binary.",
    "content": _BINARY,
    "headers": {
        "x-model-version": {
            "description": "The registry version that gave the answer.",
            "schema": {"type": "integer"},
        },
        "Inference-Header-Content-Length": {
            "description": "The size of the JSON in bytes, where binary data follows it.",
            "schema": {"type": "integer"},
        },
    },
}
_PARAMETERS = {"type": "object", "additionalProperties": True}
_SCHEMA = {
    "type": "object",
    "required": ["inputs"],
    "properties": {
        "id": {"type": "string", "description": "Comes back in the answer."},
        "parameters": {
            **_PARAMETERS,
            "description": "binary_data_output: whether outputs come in binary.",
        },
        "inputs": {
            "type": "array",
            "minItems": 1,
            "description": "One for each input of the model's metadata.",
            "items": {
                "type": "object",
                "required": ["name", "shape", "datatype"],
                "properties": {
                    "name": {"type": "string"},
                    "shape": {"type": "array", "items": {"type": "integer"}},
                    "datatype": {"type": "string", "enum": [*NUMBER_TYPES, "BOOL", "BYTES"]},
                    "parameters": {
                        **_PARAMETERS,
                        "description": "binary_data_size: the bytes of this input behind the JSON.",
                    },
                    "data": {
                        "type": "array",
                        "items": {},
                        "description": "The values, flat or by row; null where one is missing.",
                    },
                },
            },
        },
        "outputs": {
            "type": "array",
            "description": "The outputs to give; without it, all.",
            "items": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string"},
                    "parameters": {
                        **_PARAMETERS,
                        "description": "binary_data: whether this output comes in binary.",
                    },
                },
            },
        },
    },
}


def make_infer_body(served: ServedModel | None = None) -> dict[str, Any]:
    """The request body of infer, with a row of the model *served* as its example."""
    json: dict[str, Any] = {"schema": _SCHEMA}
    if served is not None:
        json["example"] = make_example_request(served.model.artefact.features, served.model.example)
    return {"required": True, "content": {"application/json": json, **_BINARY}}


def keep_infer_examples_current(app: FastAPI, served_now: Callable[[], ServedModel | None]) -> None:
    """Let each reading of the document show the name, version and a row of the model served."""
    describe = app.openapi

    def document() -> dict[str, Any]:
        content = describe()
        served = served_now()
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

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's own documented way
