"""`python -m supply.sbom`: all packages of each image as CycloneDX, in build/sbom/SERVICE.json.

The image itself says what is in it, as `inventory` finds it there; no lock and no cache is asked.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

SERVICES = ("trainer", "gatekeeper", "predictor")
_TARGET = Path("build") / "sbom"
_INVENTORY = Path(__file__).with_name("inventory.py")
_LONGEST_LICENCE = 100
"""Some packages give all the text of theirs where others give its name."""


def inventory_of(image: str) -> dict[str, Any]:
    """What *image* says is in it."""
    command = ["docker", "run", "--rm", "--interactive", "--network", "none", "--read-only"]
    shown = _run(*command, "--entrypoint", "python", image, "-I", "-", stdin=_INVENTORY.read_text())
    found: dict[str, Any] = json.loads(shown)
    return found


def document(service: str, image: str, inventory: Mapping[str, Any]) -> str:
    """The inventory as CycloneDX, validated against its schema; raises ValueError."""
    bom = Bom(components=list(_components(inventory)))
    sha256 = _run("docker", "image", "inspect", "--format", "{{.Id}}", image).strip()
    bom.metadata.component = Component(
        name=f"modelgate-{service}",
        type=ComponentType.CONTAINER,
        version=sha256,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=sha256.removeprefix("sha256:"))],
    )
    bom.register_dependency(bom.metadata.component, bom.components)
    written: str = JsonV1Dot6(bom).output_as_string(indent=2)
    if error := JsonStrictValidator(SchemaVersion.V1_6).validate_str(written):
        raise ValueError(f"The list of {image} is not CycloneDX 1.6: {error}")
    return written + "\n"


def _components(inventory: Mapping[str, Any]) -> Iterator[Component]:
    licences = LicenseFactory()
    for found in inventory["python"]:
        name, version, licence = found["name"], found["version"], found["licence"]
        known = [licences.make_from_string(licence)] if 0 < len(licence) < _LONGEST_LICENCE else []
        purl = PackageURL("pypi", None, name.lower().replace("_", "-"), version)
        yield _library(name, version, purl, licenses=known)
    for found in inventory["debian"]:
        qualifiers = {"arch": found["architecture"], "distro": inventory["release"]}
        purl = PackageURL("deb", "debian", found["name"], found["version"], qualifiers)
        yield _library(found["name"], found["version"], purl)
    version = inventory["interpreter"]
    yield _library("python", version, PackageURL("generic", None, "python", version))


def _library(name: str, version: str, purl: PackageURL, **more: Any) -> Component:
    return Component(
        name=name,
        version=version,
        type=ComponentType.LIBRARY,
        purl=purl,
        bom_ref=purl.to_string(),
        **more,
    )


def _run(*command: str, stdin: str | None = None) -> str:
    return subprocess.run(  # noqa: S603 - the project's own commands
        command, input=stdin, capture_output=True, text=True, check=True
    ).stdout


def main() -> int:
    """List all three images of the project."""
    project = os.environ.get("COMPOSE_PROJECT_NAME") or "modelgate"
    _TARGET.mkdir(parents=True, exist_ok=True)
    for service in SERVICES:
        image = f"{project}-{service}"
        try:
            inventory = inventory_of(image)
        except (OSError, subprocess.CalledProcessError) as error:
            said = str(getattr(error, "stderr", None) or error).strip()
            print(f"error: The image {image} cannot be asked: {said}", file=sys.stderr)
            return 1
        path = _TARGET / f"{service}.json"
        path.write_text(document(service, image, inventory))
        print(f"{path}  {len(inventory['python'])} of Python, {len(inventory['debian'])} of Debian")
    return 0


if __name__ == "__main__":
    sys.exit(main())
