"""The release has one number."""

import tomllib

from shared.version import VERSION
from tests.support.project import ROOT


def test_the_services_say_what_the_project_file_says() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["project"]["version"] == VERSION
