"""docker-compose.yml passes every setting on, and .env.example explains every variable."""

import re
from pathlib import Path

import pytest

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
        part = text.partition(f"\n  {service}:\n")[2].partition("\n\n")[0]
        places = dict(re.findall(r"([A-Z_]+): /run/secrets/(\w+)", part))
        assert places.keys() <= variables_of(service)
        assert sorted(places.values()) == sorted(re.findall(r"\w+", part.split("secrets: ")[1]))
        mounted |= set(places.values())
    assert mounted == files.keys()
