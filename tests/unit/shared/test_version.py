"""The release has one number."""

import tomllib

from shared.version import VERSION
from tests.support.project import ROOT


def test_the_services_say_what_the_project_file_says() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["project"]["version"] == VERSION


def test_the_images_have_the_version_as_their_label() -> None:
    label = f'org.opencontainers.image.version="{VERSION}"'
    assert label in (ROOT / "Dockerfile").read_text()
