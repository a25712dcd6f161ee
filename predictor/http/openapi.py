"""The body of /predict in the OpenAPI document: it is parsed by hand, so FastAPI cannot know it.

The examples are rows of the model that is served, so that "Try it out" in /docs works.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI

from predictor.codec.reply import PREDICT_PATH
from predictor.codec.row_json_schema import ANY_ROW_SCHEMA, make_row_schema
from shared.contract.documents import Feature
from shared.inference.feature_encoding import Value

# A row of scikit-learn's breast cancer data: the example while no model is served.
_ROW = (
    *(17.99, 10.38, 122.8, 1001.0, 0.1184, 0.2776, 0.3001, 0.1471, 0.2419, 0.07871),
    *(1.095, 0.9053, 8.589, 153.4, 0.006399, 0.04904, 0.05373, 0.01587, 0.03003, 0.006193),
    *(25.38, 17.33, 184.6, 2019.0, 0.1622, 0.6656, 0.7119, 0.2654, 0.4601, 0.1189),
)


def _only(key: str, schema: Mapping[str, Any], description: str) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "properties": {key: schema},
        "required": [key],
        "additionalProperties": False,
    }


def make_predict_body(
    row: Sequence[Value] | None = None, features: Sequence[Feature] = ()
) -> dict[str, Any]:
    """Describe the body of /predict for a model of *features*, with *row* as its example.

    Without a model, describe what every model takes.
    """
    example: list[Value] = list(_ROW if row is None else row)
    row_schema = make_row_schema(features) if features else ANY_ROW_SCHEMA
    examples = {
        "one row": {"value": {"features": example}},
        "many rows": {"value": {"instances": [example, example]}},
    }
    if features:
        named = {feature.name: value for feature, value in zip(features, example, strict=True)}
        examples["by name"] = {"value": {"features": named}}
    rows = {"type": "array", "items": row_schema, "minItems": 1}
    schema = {
        "oneOf": [_only("features", row_schema, "One row."), _only("instances", rows, "Many rows.")]
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
