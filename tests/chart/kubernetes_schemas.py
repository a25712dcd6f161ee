"""`python kubernetes_schemas.py OLDEST FILE…`: validate manifests strictly with every schema.

The environment of `make chart` runs it, because the schemas are not in the one of the tests. It
prints the versions, and one line for each error. The package's own function would read a megabyte
of definitions again for each manifest, and take an older schema for a version that it lacks.
"""

import json
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from kubernetes_validate.utils import all_versions
from referencing import Registry, Resource

FOREIGN = {"monitoring.coreos.com/v1"}
"""APIs of the Prometheus operator, which Kubernetes has no schema for."""


def find_versions(oldest: str) -> list[str]:
    """Return the versions with a strict schema, from the oldest wanted one on."""

    def number(version: str) -> tuple[int, ...]:
        return tuple(map(int, version.split(".")))

    strict = (each.removesuffix("-local-strict") for each in all_versions())
    known = sorted({each for each in strict if "-" not in each}, key=number)
    return [each for each in known if number(each) >= number(oldest)]


def find_errors(version: str, manifests: list[tuple[str, dict[str, Any]]]) -> Iterator[str]:
    """Yield what the schemas of one version say against manifests, each with its file."""
    folder = files("kubernetes_validate") / "kubernetes-json-schema" / f"v{version}-local-strict"
    definitions = Resource.from_contents(json.loads((folder / "_definitions.json").read_text()))
    registry = (definitions @ Registry()).crawl()
    for file, manifest in manifests:
        kind, api = manifest["kind"], manifest["apiVersion"]
        if api in FOREIGN:
            continue
        group, _, number = api.rpartition("/")
        parts = (kind.lower(), group.split(".")[0], number)
        path = folder / f"{'-'.join(filter(None, parts))}.json"
        if not path.is_file():
            yield f"{file}: Kubernetes {version} has no {kind} of {api}"
            continue
        validator = Draft202012Validator(json.loads(path.read_text()), registry=registry)
        for error in validator.iter_errors(manifest):
            place = ".".join(map(str, error.absolute_path))
            name = manifest["metadata"]["name"]
            yield f"{file}: {version} {kind} {name} {place}: {error.message}"


def main(oldest: str, paths: list[str]) -> int:
    """Print the versions and the errors; return 1 if there are any."""
    manifests = [
        (Path(path).name, manifest)
        for path in paths
        for manifest in yaml.load_all(Path(path).read_text(), yaml.CSafeLoader)
        if manifest
    ]
    versions = find_versions(oldest)
    print("versions:", *versions)
    errors = [each for version in versions for each in find_errors(version, manifests)]
    print(*errors, sep="\n")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
