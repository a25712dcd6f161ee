"""docs/operations.md names every setting with its default."""

import re
import subprocess
from importlib import import_module
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

from gatekeeper.api.bearer_token import TokenFile
from shared.http import limits
from tests.support.project import ROOT

TEXT = (ROOT / "docs" / "operations.md").read_text()
CLASSES = (
    "shared.settings:CommonSettings",
    "trainer.settings:TrainerSettings",
    "gatekeeper.settings:GatekeeperSettings",
    "predictor.settings:PredictorSettings",
)


def documented() -> dict[str, str]:
    return dict(re.findall(r"^\| `([A-Z0-9_]+)` \| `?([^|`]*)`? \|", TEXT, re.MULTILINE))


def shown(default: object) -> str:
    if default is None or default == "":
        return "none"
    return str(default).lower() if isinstance(default, bool) else str(default)


@pytest.mark.parametrize("name", CLASSES)
def test_every_setting_is_documented_with_its_default(name: str) -> None:
    module, _, attribute = name.partition(":")
    settings: type[BaseSettings] = getattr(import_module(module), attribute)
    prefix = settings.model_config.get("env_prefix", "")
    table = documented()
    for field, info in settings.model_fields.items():
        variable = f"{prefix}{field}".upper()
        assert info.description, variable
        assert variable in table, variable
        expected = shown(info.default)
        assert table[variable].strip() in {expected, expected.removesuffix(".0")}, variable


def test_no_setting_is_documented_that_does_not_exist() -> None:
    known = set()
    for name in CLASSES:
        module, _, attribute = name.partition(":")
        settings = getattr(import_module(module), attribute)
        prefix = settings.model_config.get("env_prefix", "")
        known |= {f"{prefix}{field}".upper() for field in settings.model_fields}
    assert documented().keys() == known


def test_the_token_is_changed_as_the_page_says(tmp_path: Path) -> None:
    command = TEXT.partition("To change the token")[2].split("```")[1].removeprefix("sh\n")
    path = tmp_path / ".store" / "token"
    path.parent.mkdir()
    path.write_text("old")
    subprocess.run(["sh", "-e", "-c", command], cwd=tmp_path, check=True)
    assert len(TokenFile(path).read()) == 44
    assert [each.name for each in path.parent.iterdir()] == ["token"]


def test_the_limits_of_a_connection_are_the_codes() -> None:
    section = TEXT.partition("### Limits of a connection")[2].partition("## ")[0]
    found = re.findall(r"\| (\d+) (KiB|s) \|", section)
    assert found == [
        (str(limits.HEAD_BYTES >> 10), "KiB"),
        (str(limits.HEAD_SECONDS), "s"),
        (str(limits.BODY_SECONDS), "s"),
        (str(limits.IDLE_SECONDS), "s"),
    ]
    assert f"| {limits.MAX_CONNECTIONS} in each process |" in section
    assert f": {limits.RESERVED_DESCRIPTORS} less than its hard limit" in section
