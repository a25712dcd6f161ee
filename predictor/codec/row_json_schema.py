"""What a row of the served model may hold, as JSON Schema for the OpenAPI document."""

from collections.abc import Mapping, Sequence
from typing import Any

from predictor.codec.strict_values import FLOAT32_MAX
from shared.contract.documents import Feature

_SHOWN_CATEGORIES = 20
_SHOWN_CHARACTERS = 64
_TYPES = {"number": "number", "boolean": "boolean", "category": "string"}


def _list_or_object(values: Mapping[str, Any], named: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "anyOf": [
            {"type": "array", **values, "description": "Every feature, in order."},
            {
                "type": "object",
                **named,
                "description": "The features by name; those that may be null may be left out.",
            },
        ]
    }


_ANY = {"type": sorted(_TYPES.values())}
ANY_ROW_SCHEMA = _list_or_object({"items": _ANY}, {"additionalProperties": _ANY})
"""For as long as no model is served."""


def make_row_schema(features: Sequence[Feature]) -> dict[str, Any]:
    """The schema of one row, as a list or by name."""
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
    """A range and categories are told and not asked for: what lies beyond them is accepted."""
    kind = _TYPES[feature.type]
    schema: dict[str, Any] = {
        "title": feature.name,
        "type": [kind, "null"] if feature.nullable else kind,
    }
    if feature.type == "number":
        schema |= {"minimum": -FLOAT32_MAX, "maximum": FLOAT32_MAX}
    elif feature.type == "category" and not feature.nullable:
        schema["minLength"] = 1  # an empty text is a missing one
    if feature.categories:
        shown = feature.categories[:_SHOWN_CATEGORIES]
        some = ", ".join(text[:_SHOWN_CHARACTERS] for text in shown)
        more = len(feature.categories) - _SHOWN_CATEGORIES
        end = f", and {more} more" if more > 0 else ""
        schema["description"] = f"Seen in training: {some}{end}. Any other text is accepted."
    elif feature.minimum is not None and feature.maximum is not None:
        schema["description"] = f"From {feature.minimum:g} to {feature.maximum:g} in training."
    return schema
