"""`make sbom` lists what is in the images, and all of it is locked."""

import json
import re
from typing import Any

import pytest

from tests.stacks.compose_stack import ComposeStack
from tests.support.project import ROOT

pytestmark = pytest.mark.docker

SERVICES = ("trainer", "gatekeeper", "predictor")


@pytest.fixture(scope="module")
def listed(stack: ComposeStack) -> dict[str, list[dict[str, Any]]]:
    """The components of each image of the stack."""
    stack.run("make", "sbom")
    directory = stack.checkout / "build" / "sbom"
    documents = {name: json.loads((directory / f"{name}.json").read_text()) for name in SERVICES}
    for name, document in documents.items():
        assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
        assert document["metadata"]["component"]["name"] == f"modelgate-{name}"
        assert re.fullmatch(r"sha256:[0-9a-f]{64}", document["metadata"]["component"]["version"])
    return {name: document["components"] for name, document in documents.items()}


def packages(components: list[dict[str, Any]], kind: str) -> dict[str, str]:
    return {
        found["purl"].split("/")[-1].split("@")[0]: found["version"]
        for found in components
        if found["purl"].startswith(f"pkg:{kind}/")
    }


def test_each_image_has_what_its_service_needs(listed: dict[str, list[dict[str, Any]]]) -> None:
    assert "scikit-learn" in packages(listed["trainer"], "pypi")
    assert "onnxruntime" in packages(listed["predictor"], "pypi")
    assert "scikit-learn" not in packages(listed["predictor"], "pypi")
    for components in listed.values():
        assert "libc6" in packages(components, "deb")
        assert "python" in packages(components, "generic")


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_is_in_an_image_that_no_lock_names(
    listed: dict[str, list[dict[str, Any]]], service: str
) -> None:
    lock = (ROOT / "requirements" / f"{service}.txt").read_text()
    locked = dict(re.findall(r"^([a-z0-9.-]+)==([^ ]+)", lock, re.MULTILINE))
    found = packages(listed[service], "pypi")
    brought = {"pip"}  # by the base image, for its own Python
    assert {name: found[name] for name in found.keys() - brought}.items() <= locked.items()
    assert len(found) > 20
