"""`make sbom` lists every package of the images, and each Python package is locked."""

import json
import re
from typing import Any

import pytest

from tests.stacks.compose_stack import ComposeStack
from tests.support.project import ROOT

pytestmark = pytest.mark.docker

SERVICES = ("trainer", "gatekeeper", "predictor")


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """Build the images of a project, and list the components of each. Nothing starts."""
    stack = ComposeStack(tmp_path_factory.mktemp("stack"))
    try:
        stack.run("make", "sbom")
    finally:
        stack.remove()
    directory = stack.checkout / "build" / "sbom"
    documents = {name: json.loads((directory / f"{name}.json").read_text()) for name in SERVICES}
    for name, document in documents.items():
        assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
        assert document["metadata"]["component"]["name"] == f"modelgate-{name}"
        assert re.fullmatch(r"sha256:[0-9a-f]{64}", document["metadata"]["component"]["version"])
    return {name: document["components"] for name, document in documents.items()}


def packages(components: list[dict[str, Any]], kind: str, below: str = "/") -> dict[str, str]:
    """Return name and version of each package of a kind that was found below a directory."""
    return {
        component["purl"].split("?")[0].split("/")[-1].split("@")[0]: component["version"]
        for component in components
        if component.get("purl", "").startswith(f"pkg:{kind}/")
        and any(
            entry["value"].startswith(below)
            for entry in component["properties"]
            if entry["name"] == "syft:location:0:path"
        )
    }


def test_each_image_has_what_its_service_needs(listed: dict[str, list[dict[str, Any]]]) -> None:
    assert "scikit-learn" in packages(listed["trainer"], "pypi")
    assert "onnxruntime" in packages(listed["predictor"], "pypi")
    assert "scikit-learn" not in packages(listed["predictor"], "pypi")
    for components in listed.values():
        debian = packages(components, "deb")
        assert "libc6" in debian
        # The base image either builds its own interpreter or has Debian's.
        assert "python" in packages(components, "generic") or "python3-minimal" in debian


@pytest.mark.parametrize("service", SERVICES)
def test_each_python_package_of_an_image_is_locked(
    listed: dict[str, list[dict[str, Any]]], service: str
) -> None:
    lock = (ROOT / "requirements" / f"{service}.txt").read_text()
    locked = dict(re.findall(r"^([a-z0-9.-]+)==([^ ]+)", lock, re.MULTILINE))
    installed = packages(listed[service], "pypi", below="/venv/")
    assert installed.items() <= locked.items()
    assert len(installed) > 20
    assert packages(listed[service], "pypi", below="/usr/local/") == {}
