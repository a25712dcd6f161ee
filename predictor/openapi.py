"""The part of the OpenAPI document that FastAPI cannot see: /predict's hand-parsed body.

Its examples are rows of the model that is served, so that «Try it out» in /docs answers.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI

from shared.features import Value

PREDICT = "/predict"
# One row of scikit-learn's breast cancer data, for as long as no model is served.
_ROW = (
    *(17.99, 10.38, 122.8, 1001.0, 0.1184, 0.2776, 0.3001, 0.1471, 0.2419, 0.07871),
    *(1.095, 0.9053, 8.589, 153.4, 0.006399, 0.04904, 0.05373, 0.01587, 0.03003, 0.006193),
    *(25.38, 17.33, 184.6, 2019.0, 0.1622, 0.6656, 0.7119, 0.2654, 0.4601, 0.1189),
)
_NUMBER = {"type": "number"}
_ROW_SCHEMA = {
    "anyOf": [
        {"type": "array", "items": _NUMBER, "description": "Every feature, in order."},
        {
            "type": "object",
            "additionalProperties": _NUMBER,
            "description": "Every feature, by name.",
        },
    ]
}


def _only(key: str, schema: Mapping[str, Any], description: str) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "properties": {key: schema},
        "required": [key],
        "additionalProperties": False,
    }


def predict_body(
    row: Sequence[Value] | None = None, names: Sequence[str] | None = None
) -> dict[str, Any]:
    """The request body of /predict, with *row* (of features *names*) as its example."""
    example: list[Value] = list(_ROW if row is None else row)
    examples = {
        "one row": {"value": {"features": example}},
        "many rows": {"value": {"instances": [example, example]}},
    }
    if names is not None:
        examples["by name"] = {"value": {"features": dict(zip(names, example, strict=True))}}
    rows = {"type": "array", "items": _ROW_SCHEMA, "minItems": 1}
    schema = {
        "oneOf": [
            _only("features", _ROW_SCHEMA, "One row."),
            _only("instances", rows, "Many rows."),
        ]
    }
    return {
        "required": True,
        "content": {"application/json": {"schema": schema, "examples": examples}},
    }


def keep_examples_current(app: FastAPI, body: Callable[[], dict[str, Any]]) -> None:
    """Let each reading of the document show what *body* gives then."""
    describe = app.openapi

    def document() -> dict[str, Any]:
        content = copy.deepcopy(describe())
        content["paths"][PREDICT]["post"]["requestBody"] = body()
        return content

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's own documented way
