"""The settings in values.schema.json of the Helm chart, which follow from the settings classes."""

import json
from pathlib import Path
from typing import Any

from pydantic_settings import BaseSettings

from tests.contract.settings_tables import CLASSES, settings_of
from tests.support.project import ROOT

SCHEMA = ROOT / "deploy" / "kubernetes" / "modelgate" / "values.schema.json"
FIXED = {
    "STORE_DIR",
    "GATEKEEPER_WEBHOOKS",
    "GATEKEEPER_WEBHOOK_SECRET_FILE",
    *(f"{service}_{name}" for service in ("GATEKEEPER", "PREDICTOR") for name in ("HOST", "PORT")),
}
"""Variables that the chart and its images fix, or that come from Secrets."""
_KEPT = {"type", "enum", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
_ANY_TEXT = {"type": ["string", "number", "boolean"]}
_SECRET = {
    "anyOf": [
        {"type": "string"},
        {
            "description": "The name of a Secret and a key in it.",
            "type": "object",
            "additionalProperties": False,
            "required": ["secret", "key"],
            "properties": {"secret": {"type": "string"}, "key": {"type": "string"}},
        },
    ]
}

_OTEL = {"anyOf": [_ANY_TEXT, _SECRET["anyOf"][1]]}
"""A variable of OpenTelemetry, whose library checks it. Headers may have a token."""


def fill_schema(text: str) -> str:
    """Return the text of the schema with the settings of all classes written again."""
    schema = json.loads(text)
    schema["properties"]["settings"] = {
        "description": "Variables of .env.example, with their names.",
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _settings(name, kind) for name, kind in CLASSES.items()},
    }
    return json.dumps(schema, indent=2) + "\n"


def _settings(name: str, kind: type[BaseSettings]) -> dict[str, Any]:
    fields = kind.model_json_schema()["properties"]
    variables = {
        setting.variable: {"description": setting.description, **_limits(field)}
        for setting, field in zip(settings_of(kind), fields.values(), strict=True)
        if setting.variable not in FIXED
    }
    readers = "all services" if name == "common" else f"the {name}"
    return {
        "description": f"Variables of {readers}, and those of OpenTelemetry.",
        "type": "object",
        "additionalProperties": False,
        "properties": variables,
        "patternProperties": {"^OTEL_[A-Z_]+$": _OTEL},
    }


def _limits(field: dict[str, Any]) -> dict[str, Any]:
    """Return the type and the limits of a field; any scalar for a string without a form."""
    found = field["anyOf"][0] if "anyOf" in field else field
    if found.get("format") == "password":
        return _SECRET
    kept = {key: value for key, value in found.items() if key in _KEPT}
    return _ANY_TEXT if kept == {"type": "string"} else kept


def write(path: Path = SCHEMA) -> None:
    """Write the settings into the schema."""
    path.write_text(fill_schema(path.read_text()))


if __name__ == "__main__":
    write()
