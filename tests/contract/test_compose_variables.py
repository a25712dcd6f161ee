"""docker-compose.yml passes every setting on, and .env.example explains every variable."""

import re
from importlib import import_module
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

from deploy.local.keys import make_keys
from tests.support.project import ROOT

COMPOSE = (ROOT / "docker-compose.yml").read_text()
SERVICES = ("trainer", "gatekeeper", "predictor")
FIXED = {"STORE_DIR"}
"""Never taken from the host."""

USED = dict(re.findall(r"\$\{([A-Z0-9_]+)(?::-([^}]*))?\}", COMPOSE))
PASSED = set(re.findall(r"^ +([A-Z0-9_]+):$", COMPOSE, re.MULTILINE))
EXAMPLE = dict(
    re.findall(r"^#([A-Z0-9_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE)
)


def settings_of(service: str) -> dict[str, object]:
    """Every variable of a service, with its default."""
    module = import_module(f"{service}.settings")
    name = "CommonSettings" if service == "shared" else f"{service.capitalize()}Settings"
    settings: type[BaseSettings] = getattr(module, name)
    prefix = settings.model_config.get("env_prefix", "")
    return {f"{prefix}{key}".upper(): f.default for key, f in settings.model_fields.items()}


@pytest.mark.parametrize("service", ["shared", *SERVICES])
def test_every_setting_reaches_its_container_or_is_the_compose_file_s_own(service: str) -> None:
    assert settings_of(service).keys() - FIXED <= PASSED | USED.keys()


@pytest.mark.parametrize("service", ["shared", *SERVICES])
def test_the_example_shows_every_setting_with_its_default(service: str) -> None:
    for variable, default in settings_of(service).items():
        if variable in FIXED or variable == "LOG_FORMAT":
            continue
        shown = "" if default is None else str(default).removesuffix(".0")
        shown = shown.lower() if isinstance(default, bool) else shown
        assert EXAMPLE[variable].removesuffix(".0") == shown, variable


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
        assert places.keys() <= settings_of(service).keys()
        assert sorted(places.values()) == sorted(re.findall(r"\w+", part.split("secrets: ")[1]))
        mounted |= set(places.values())
    assert mounted == files.keys()
