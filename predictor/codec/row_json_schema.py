"""The JSON Schema of a row for the served model, for the OpenAPI document."""

from collections.abc import Mapping, Sequence
from typing import Any

from predictor.codec.strict_values import FLOAT32_MAX
from shared.contract.documents import Feature
from shared.text import join_some, shorten

_SHOWN_CATEGORIES = 20
_TYPES = {"number": "number", "boolean": "boolean", "category": "string"}


def _list_or_object(values: Mapping[str, Any], named: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "anyOf": [
            {"type": "array", **values, "description": "All features, in order."},
            {
                "type": "object",
                **named,
                "description": "The features by name; omit a nullable one, or set it to null.",
            },
        ]
    }


_ANY = {"type": sorted(_TYPES.values())}
ANY_ROW_SCHEMA = _list_or_object({"items": _ANY}, {"additionalProperties": _ANY})
"""The schema while no model is served."""


def make_row_schema(features: Sequence[Feature]) -> dict[str, Any]:
    """Make the schema of one row, as a list or by name."""
    values = {feature.name: _make_value_schema(feature) for feature in features}
    count = len(features)
    return _list_or_object(
        {"prefixItems": list(values.values()), "minItems": count, "maxItems": count},
        {
            "properties": values,
            "required": [feature.name for feature in features if not feature.nullable],
            "additionalProperties": False,
        },
    )


def _make_value_schema(feature: Feature) -> dict[str, Any]:
    """Describe a value. Range and categories are only in the text: others are accepted too."""
    kind = _TYPES[feature.type]
    schema: dict[str, Any] = {
        "title": feature.name,
        "type": [kind, "null"] if feature.nullable else kind,
    }
    if feature.type == "number":
        schema |= {"minimum": -FLOAT32_MAX, "maximum": FLOAT32_MAX}
    elif feature.type == "category" and not feature.nullable:
        schema["minLength"] = 1  # an empty string is a missing value
    if feature.categories:
        known = join_some([*map(shorten, feature.categories)], _SHOWN_CATEGORIES)
        schema["description"] = f"In training: {known}. Any other string is accepted too."
    elif feature.minimum is not None and feature.maximum is not None:
        schema["description"] = f"In training: from {feature.minimum:g} to {feature.maximum:g}."
    return schema
