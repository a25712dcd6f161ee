"""docker-compose.yml passes every setting on, and .env.example explains every variable."""

import re
from itertools import chain, combinations
from pathlib import Path

import pytest
import yaml

from deploy.local.keys import make_keys
from tests.contract.settings_tables import CLASSES, settings_of
from tests.support.project import ROOT

COMPOSE = (ROOT / "docker-compose.yml").read_text()
SERVICES = ("trainer", "gatekeeper", "predictor")
FIXED = {"STORE_DIR", "GATEKEEPER_PUBLISHED", "PREDICTOR_PUBLISHED"}
"""Never taken from the host."""

USED = dict(re.findall(r"\$\{([A-Z0-9_]+)(?::-([^}]*))?\}", COMPOSE))
PASSED = set(re.findall(r"^ +([A-Z0-9_]+):$", COMPOSE, re.MULTILINE))
EXAMPLE = dict(
    re.findall(r"^#([A-Z0-9_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE)
)


def variables_of(service: str) -> set[str]:
    return {each.variable for each in settings_of(CLASSES[service])}


@pytest.mark.parametrize("service", CLASSES)
def test_every_setting_reaches_its_container_or_is_the_compose_file_s_own(service: str) -> None:
    assert variables_of(service) - FIXED <= PASSED | USED.keys()


def test_the_example_explains_every_variable_of_the_compose_file_and_no_other() -> None:
    assert EXAMPLE.keys() == PASSED | USED.keys()


@pytest.mark.parametrize("variable", sorted(USED))
def test_the_example_shows_the_compose_file_s_default(variable: str) -> None:
    assert USED[variable] in {"", EXAMPLE[variable]}


def test_the_second_compose_file_mounts_the_keys_that_are_made_where_settings_look(
    tmp_path: Path,
) -> None:
    text = (ROOT / "docker-compose.signing.yml").read_text()
    make_keys(tmp_path / "keys")
    made = {f"./keys/{path.name}" for path in (tmp_path / "keys").iterdir()}
    files = dict(re.findall(r"^  (\w+): \{file: (\S+)\}$", text, re.MULTILINE))
    assert set(files.values()) == made
    mounted = set[str]()
    for service in SERVICES:
        part = re.split(rf"\n  {service}:.*\n", text)[1].partition("\n\n")[0]
        places = dict(re.findall(r"([A-Z_]+): /run/secrets/(\w+)", part))
        assert places.keys() <= variables_of(service)
        assert sorted(places.values()) == sorted(re.findall(r"\w+", part.split("secrets: ")[1]))
        mounted |= set(places.values())
    assert mounted == files.keys()


CAUSES = ("TRAINER_SCHEDULE", "TRAINER_WATCH", "TRAINER_ON_DRIFT")


@pytest.mark.parametrize(
    "given", list(chain.from_iterable(combinations(CAUSES, count) for count in range(4)))
)
def test_the_waiting_trainer_has_a_container_if_a_variable_names_a_cause(
    given: tuple[str, ...],
) -> None:
    extended = yaml.safe_load(COMPOSE)["services"]["schedule"]["extends"]
    found = yaml.safe_load((ROOT / extended["file"]).read_text())["services"]
    name = re.sub(
        r"\$\{(\w+):\+(\w+)\}", lambda m: m[2] if m[1] in given else "", extended["service"]
    )
    assert found[name] == {"scale": int(bool(given))}


class ComposeLoader(yaml.SafeLoader):  # type: ignore[misc]  # yaml has no types
    """A loader that reads `!reset` as null."""


ComposeLoader.add_constructor("!reset", lambda *_: None)


def test_the_compose_file_for_mlflow_builds_every_trainer_with_its_client() -> None:
    text = (ROOT / "docker-compose.mlflow.yml").read_text()
    changed = yaml.load(text, ComposeLoader)["services"]  # noqa: S506 - it extends SafeLoader
    for name in ("trainer", "schedule"):
        assert changed[name] == {"build": {"args": {"MLFLOW": "true"}}}


def test_the_compose_file_for_dask_builds_every_trainer_with_dask() -> None:
    """All of them have one image, so one without Dask would replace it."""
    text = (ROOT / "docker-compose.dask.yml").read_text()
    changed = yaml.load(text, ComposeLoader)["services"]  # noqa: S506 - it extends SafeLoader
    built = yaml.safe_load(COMPOSE)["services"]
    trainers = {
        name
        for name, service in built.items()
        if service.get("build", {}).get("target") == "trainer" and "profiles" not in service
    }
    assert trainers == {"trainer", "schedule"}
    for name in trainers:
        assert changed[name]["build"] == {"args": {"DASK": "true"}}
        assert changed[name]["networks"] == ["cluster"]
        assert "TRAINER_DASK" in changed[name]["environment"]
