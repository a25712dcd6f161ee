"""Objects of Kubernetes that helm renders for values."""

import os
import subprocess
from collections.abc import Iterator
from functools import cache
from typing import Any

import yaml

from tests.support.project import ROOT

CHART = ROOT / "deploy" / "kubernetes" / "modelgate"
VALUES = {
    "default": CHART / "values.yaml",
    **{path.stem: path for path in sorted((CHART.parent / "values").glob("*.yaml"))},
}
"""The documented files of values, by name."""

RELEASE = "modelgate"
NAMESPACE = "ml"
OLDEST_KUBERNETES = "1.28"

Manifest = dict[str, Any]
_PLACES = {
    "Deployment": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}


def tool(name: str) -> str:
    """Return the path of a program that `make chart` has installed."""
    tools = os.environ.get("CHART_TOOLS")
    assert tools, "run `make chart`, which installs helm, kubectl and the schemas"
    return f"{tools}/{name}"


def helm(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run helm without a cluster. It may fail."""
    return subprocess.run([tool("helm"), *arguments], capture_output=True, text=True, check=False)


def template(*options: str, release: str = RELEASE) -> subprocess.CompletedProcess[str]:
    """Run `helm template` with options. It may fail."""
    return helm("template", release, str(CHART), "--namespace", NAMESPACE, *options)


@cache
def _rendered(options: tuple[str, ...]) -> str:
    done = template(*options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def render(values: str = "default", *options: str) -> list[Manifest]:
    """Return the objects for a documented file of values and more options of helm."""
    text = _rendered(("--values", str(VALUES[values]), *options))
    return [each for each in yaml.load_all(text, yaml.CSafeLoader) if each]


def find(manifests: list[Manifest], kind: str, role: str) -> Manifest:
    """Return the only object of a kind for a role."""
    (found,) = (
        each
        for each in manifests
        if each["kind"] == kind
        and each["metadata"]["labels"]["app.kubernetes.io/component"] == role
    )
    return found


def pod_template(manifest: Manifest) -> Manifest:
    """Return the template of the pods that an object makes."""
    found = manifest
    for key in _PLACES[manifest["kind"]]:
        found = found[key]
    return found


def pod_specs(manifests: list[Manifest]) -> Iterator[tuple[str, Manifest]]:
    """Yield the name of each object that makes pods, with their specification."""
    for each in manifests:
        if each["kind"] in _PLACES:
            yield each["metadata"]["name"], pod_template(each)["spec"]


def containers(spec: Manifest) -> list[Manifest]:
    """Return all containers of a pod, in the order of their start."""
    return [*spec.get("initContainers", []), *spec["containers"]]
