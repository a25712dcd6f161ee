"""The release has one number."""

import tomllib
from pathlib import Path

from shared.version import VERSION


def test_the_services_say_what_the_project_file_says() -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())
    assert project["project"]["version"] == VERSION
