"""The body of /predict in the OpenAPI document: it is parsed by hand, so FastAPI cannot know it.

The examples are rows of the model that is served, so that "Try it out" in /docs works.
"""

import copy
from collections.abc import Callable, Sequence
from typing import Any

from fastapi import FastAPI

from predictor.codec.input_schema import InputSchema
from predictor.codec.reply import PREDICT_PATH
from predictor.codec.request_ids import ID, IDS, MAX_ID_CHARACTERS
from predictor.http.key_gate import KeyGate
from predictor.http.row_json_schema import ANY_ROW_SCHEMA, make_row_schema
from shared.inference.feature_encoding import Value

# A row of scikit-learn's breast cancer data: the example while no model is served.
_ROW = (
    *(17.99, 10.38, 122.8, 1001.0, 0.1184, 0.2776, 0.3001, 0.1471, 0.2419, 0.07871),
    *(1.095, 0.9053, 8.589, 153.4, 0.006399, 0.04904, 0.05373, 0.01587, 0.03003, 0.006193),
    *(25.38, 17.33, 184.6, 2019.0, 0.1622, 0.6656, 0.7119, 0.2654, 0.4601, 0.1189),
)

_SCHEME = "key"
_ID = {"type": "string", "minLength": 1, "maxLength": MAX_ID_CHARACTERS}
_ID_SCHEMAS = {
    ID: {**_ID, "description": "Returned in the response."},
    IDS: {
        "type": "array",
        "items": _ID,
        "minItems": 1,
        "description": "A string for each row, in their order. Returned in the response.",
    },
}


def _describe_object(rows: str, schema: Any, ids: str, description: str) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "properties": {rows: schema, ids: _ID_SCHEMAS[ids]},
        "required": [rows],
        "additionalProperties": False,
    }


def make_predict_body(
    row: Sequence[Value] | None = None, inputs: InputSchema | None = None
) -> dict[str, Any]:
    """Describe the body of /predict for a model of *inputs*, with *row* as its example.

    Without a model, describe what every model takes.
    """
    example: list[Value] = list(_ROW if row is None else row)
    row_schema = ANY_ROW_SCHEMA
    if inputs is not None:
        features = inputs.show(inputs.features)
        row_schema = make_row_schema(features, ignores_extra=inputs.ignores_extra)
    examples = {
        "one row": {"value": {"features": example}},
        "many rows": {"value": {"instances": [example, example]}},
        "many rows with ids": {
            "value": {"instances": [example, example], "ids": ["order 17", "order 18"]}
        },
    }
    if inputs is not None:
        names = [feature.name for feature in inputs.features]
        named = dict(zip(names, example, strict=True))
        examples["by name"] = {"value": {"features": named, "id": "order 17"}}
    rows = {"type": "array", "items": row_schema, "minItems": 1}
    schema = {
        "oneOf": [
            _describe_object("features", row_schema, ID, "One row."),
            _describe_object("instances", rows, IDS, "Many rows."),
        ]
    }
    return {
        "required": True,
        "content": {"application/json": {"schema": schema, "examples": examples}},
    }


def keep_predict_examples_current(app: FastAPI, make_body: Callable[[], dict[str, Any]]) -> None:
    """Let the document always have the present result of *make_body*."""
    describe = app.openapi

    def document() -> dict[str, Any]:
        content = copy.deepcopy(describe())
        content["paths"][PREDICT_PATH]["post"]["requestBody"] = make_body()
        return content

    app.openapi = document  # type: ignore[method-assign]  # the way that FastAPI documents


def require_keys_in_document(app: FastAPI, gate: KeyGate) -> None:
    """Let the document name the key that paths need, with the replies to a wrong one."""
    describe = app.openapi
    refusals = {
        "401": "The request has no known key.",
        "403": "The key is disabled.",
    }

    def document() -> dict[str, Any]:
        content = copy.deepcopy(describe())
        scheme = {"type": "http", "scheme": "bearer", "description": "The key of a client."}
        content["components"]["securitySchemes"] = {_SCHEME: scheme}
        for path, methods in content["paths"].items():
            if gate.is_open(path):
                continue
            for operation in methods.values():
                operation["security"] = [{_SCHEME: []}]
                for status, meaning in refusals.items():
                    operation["responses"][status] = {"description": meaning}
        return content

    app.openapi = document  # type: ignore[method-assign]  # the way that FastAPI documents


def keep_document(app: FastAPI, get_served: Callable[[], object]) -> None:
    """Make the document once for each served model: it takes milliseconds."""
    describe = app.openapi
    kept: list[tuple[object, dict[str, Any]]] = []

    def document() -> dict[str, Any]:
        served = get_served()
        if not kept or kept[0][0] is not served:
            kept[:] = [(served, describe())]
        return kept[0][1]

    app.openapi = document  # type: ignore[method-assign]  # the way that FastAPI documents
