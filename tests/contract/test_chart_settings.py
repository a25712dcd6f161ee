"""Every variable of .env.example can be set by the values of the Helm chart."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from shared.version import VERSION
from tests.contract.chart_settings import SCHEMA, fill_schema
from tests.support.project import ROOT

TEXT = SCHEMA.read_text()
ROOT_SCHEMA: dict[str, Any] = json.loads(TEXT)
VALUES: dict[str, Any] = yaml.safe_load((SCHEMA.parent / "values.yaml").read_text())
EXAMPLE = set(re.findall(r"^#([A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
SETTINGS = {
    variable
    for part in ROOT_SCHEMA["properties"]["settings"]["properties"].values()
    for variable in part["properties"]
}

OTHER_VALUES = {
    "MODELGATE_STORE": "store.existingClaim",
    "MODELGATE_SECRETS": "secrets",
    "STOP_PREDICTOR": "predictor.gracePeriodSeconds",
    "NETWORK_TRAINER": "networkPolicy.trainerEgress",
    "GATEKEEPER_WEBHOOKS": "secrets.webhooks.name",
    "GATEKEEPER_WEBHOOK_SECRET_FILE": "secrets.webhookSecret.name",
    "GATEKEEPER_PORT": "gatekeeper.service.port",
    "PREDICTOR_PORT": "predictor.service.port",
    "GATEKEEPER_HOST": "gatekeeper.service.type",
    "PREDICTOR_HOST": "predictor.service.type",
    **{f"CPUS_{name.upper()}": f"{name}.resources.limits.cpu" for name in VALUES["images"]
       if name in VALUES},
    **{f"MEMORY_{name.upper()}": f"{name}.resources.limits.memory" for name in VALUES["images"]
       if name in VALUES},
    **{f"TMP_{name.upper()}": f"{name}.tmp" for name in VALUES["images"] if name in VALUES},
}  # fmt: skip
"""Values for variables that mean something different to compose."""

NO_VALUES = {
    "COMPOSE_PROJECT_NAME": "the name of the release",
    **dict.fromkeys(
        ("PIDS_TRAINER", "PIDS_GATEKEEPER", "PIDS_PREDICTOR"), "podPidsLimit of the kubelet"
    ),
    **dict.fromkeys(
        (
            "BASE_IMAGE",
            "BOOSTERS",
            "DASK",
            "OTEL",
            "MLFLOW",
            "DATABASES",
            "REVISION",
            "PIP_INDEX_URL",
            "PIP_EXTRA_INDEX_URL",
        ),
        "for the build of the images",
    ),
    **dict.fromkeys(
        ("PIP_TRUSTED_HOST", "PIP_CONF", "PIP_NO_INDEX"), "for the build of the images"
    ),
}
"""Variables that no pod has, and what decides instead."""


def test_the_schema_has_the_settings_that_make_docs_writes() -> None:
    assert fill_schema(TEXT) == TEXT, "run `make docs`"


def test_every_variable_of_the_example_has_a_value_or_a_reason() -> None:
    found = EXAMPLE - SETTINGS
    assert found == OTHER_VALUES.keys() | NO_VALUES.keys()


@pytest.mark.parametrize("variable", sorted(OTHER_VALUES))
def test_the_value_for_a_variable_of_compose_exists(variable: str) -> None:
    found = VALUES
    for key in OTHER_VALUES[variable].split("."):
        found = found[key]


def test_the_chart_has_the_version_and_the_image_names_of_the_release() -> None:
    chart = yaml.safe_load((SCHEMA.parent / "Chart.yaml").read_text())
    assert chart["version"] == chart["appVersion"] == VERSION
    names = {
        VALUES["images"][name]["repository"] for name in ("trainer", "gatekeeper", "predictor")
    }
    assert names == {f"modelgate-{name}" for name in ("trainer", "gatekeeper", "predictor")}


def nodes(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield all values that a schema allows, with their paths."""
    for name, value in schema.get("properties", {}).items():
        yield f"{path}{name}", value
        yield from nodes(value, f"{path}{name}.")


def test_every_value_is_described_and_no_other_is_allowed() -> None:
    for path, value in nodes(ROOT_SCHEMA):
        assert value.get("description"), path
        if "properties" in value:
            assert value["additionalProperties"] is False, path


def test_the_default_shows_every_value_but_those_of_the_settings() -> None:
    def paths(values: dict[str, Any], path: str = "") -> Iterator[str]:
        for name, value in values.items():
            yield f"{path}{name}"
            if isinstance(value, dict):
                yield from paths(value, f"{path}{name}.")

    described = {path for path, _ in nodes(ROOT_SCHEMA) if not path.startswith("settings.")}
    shown = {path for path in paths(VALUES) if not path.startswith("settings.")}
    assert described - shown == {"global", "users.id", "users.group"}
    for path in shown - described:
        assert ".resources." in path, path
