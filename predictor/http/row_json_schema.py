"""The JSON Schema of a row for the served model, for the OpenAPI document."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from shared.contract.documents import Feature
from shared.inference.strict_values import FLOAT32_MAX
from shared.text import join_some, quote, shorten

_SHOWN_CATEGORIES = 20
_SYNTAX = re.compile(r"[\^$.*+?()\[\]{}|\\/]")
"""The characters with a meaning in an expression of ECMA-262."""
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


def make_row_schema(features: Sequence[Feature], *, ignores_extra: bool = False) -> dict[str, Any]:
    """Make the schema of one row, as a list or by name, perhaps with other names."""
    values = {feature.name: _make_value_schema(feature) for feature in features}
    count = len(features)
    return _list_or_object(
        {"prefixItems": list(values.values()), "minItems": count, "maxItems": count},
        {
            "properties": values,
            "required": [feature.name for feature in features if not feature.nullable],
            "additionalProperties": ignores_extra,
        },
    )


def _make_value_schema(feature: Feature) -> dict[str, Any]:
    """Describe a value. Range and categories are only in the text: others are accepted too."""
    kind = _TYPES[feature.type]
    schema: dict[str, Any] = {"type": [kind, "null"] if feature.nullable else kind}
    missing = {"pattern": _match_missing(feature)}
    if feature.type == "number":
        schema |= {"minimum": -FLOAT32_MAX, "maximum": FLOAT32_MAX}
    if feature.type == "category" and not feature.nullable:
        schema["not"] = missing
    elif feature.type != "category" and feature.nullable:
        schema = {"anyOf": [schema, {"type": "string", **missing}]}
    return {"title": feature.name, **schema, **_describe_value(feature)}


def _describe_value(feature: Feature) -> dict[str, str]:
    sentences = []
    if feature.categories:
        known = join_some([*map(shorten, feature.categories)], _SHOWN_CATEGORIES)
        sentences += [f"In training: {known}.", "Any other string is accepted too."]
    elif feature.minimum is not None and feature.maximum is not None:
        sentences.append(f"In training: from {feature.minimum:g} to {feature.maximum:g}.")
    if feature.nullable and feature.missing_values:
        listed = join_some([*map(quote, feature.missing_values)], _SHOWN_CATEGORIES)
        sentences.append(f"Missing: null, an empty string, {listed}.")
    return {"description": " ".join(sentences)} if sentences else {}


def _match_missing(feature: Feature) -> str:
    """Return the regular expression (ECMA-262) of the strings that are missing values.

    Other spellings with the same normal form also match, but no expression can list all of them.
    """
    spellings = [_SYNTAX.sub(r"\\\g<0>", text) for text in feature.missing_values or ()]
    return rf"^\s*({'|'.join(['', *spellings])})\s*$" if spellings else r"^\s*$"
