"""The options of `docker run` for a container of a pod."""

from typing import Any

from tests.chart.node import Node
from tests.chart.quantities import read_quantity
from tests.chart.rendering import Manifest

POD_FIELDS = {
    *("automountServiceAccountToken", "enableServiceLinks", "securityContext", "volumes"),
    *("initContainers", "containers", "terminationGracePeriodSeconds", "restartPolicy"),
    *("topologySpreadConstraints", "affinity"),
}
POD_SECURITY_FIELDS = {
    *("runAsNonRoot", "seccompProfile", "runAsUser", "runAsGroup", "fsGroup"),
    *("fsGroupChangePolicy", "supplementalGroups"),
}
CONTAINER_FIELDS = {
    *("name", "image", "imagePullPolicy", "command", "args", "env", "resources", "ports"),
    *("volumeMounts", "securityContext"),
    *("startupProbe", "readinessProbe", "livenessProbe"),
}
SECURITY_FIELDS = {
    *("runAsUser", "runAsGroup", "runAsNonRoot", "readOnlyRootFilesystem"),
    *("allowPrivilegeEscalation", "capabilities"),
}


def require_known_fields(spec: Manifest) -> None:
    """Fail for a field that would be ignored, so that no part of a pod is left out silently."""
    assert spec.keys() <= POD_FIELDS, spec.keys() - POD_FIELDS
    assert spec["securityContext"].keys() <= POD_SECURITY_FIELDS
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False
    for container in (*spec.get("initContainers", []), *spec["containers"]):
        assert container.keys() <= CONTAINER_FIELDS, container.keys() - CONTAINER_FIELDS
        assert container["securityContext"].keys() <= SECURITY_FIELDS


def security_options(spec: Manifest, container: Manifest) -> list[str]:
    """Return the user, the groups and the confinement of a container."""
    own = {**spec["securityContext"], **container["securityContext"]}
    # The users of the images have names, so the kubelet cannot know that they are not root.
    assert "runAsUser" in own, "the kubelet starts no image that names its user with runAsNonRoot"
    assert (own["runAsUser"] == 0) is (own["runAsNonRoot"] is False)
    assert own["seccompProfile"] == {"type": "RuntimeDefault"}, "Docker uses its default profile"
    options = ["--user", f"{own['runAsUser']}:{own.get('runAsGroup', 0)}"]
    groups = [own["fsGroup"]] if "fsGroup" in own else []
    for group in (*groups, *own.get("supplementalGroups", [])):
        options += ["--group-add", str(group)]
    if own.get("readOnlyRootFilesystem"):
        options.append("--read-only")
    if own.get("allowPrivilegeEscalation") is False:
        options += ["--security-opt", "no-new-privileges"]
    capabilities = own.get("capabilities", {})
    for action in ("drop", "add"):
        for name in capabilities.get(action, []):
            options += [f"--cap-{action}", name]
    return options


def resource_options(container: Manifest) -> list[str]:
    """Return the limits of a container. Its memory has no swap, as on a node."""
    limits = container["resources"]["limits"]
    memory = str(int(read_quantity(limits["memory"])))
    cpus = str(read_quantity(limits["cpu"]))
    return ["--memory", memory, "--memory-swap", memory, "--cpus", cpus]


def variable_options(node: Node, container: Manifest) -> list[str]:
    """Return the variables of a container."""
    options = []
    for each in container.get("env", []):
        options += ["--env", f"{each['name']}={_value(node, each)}"]
    return options


def _value(node: Node, variable: dict[str, Any]) -> str:
    if "value" in variable:
        return str(variable["value"])
    reference = variable["valueFrom"]["secretKeyRef"]
    return node.secrets[reference["name"]][reference["key"]].decode()


def command_of(container: Manifest) -> tuple[list[str], list[str]]:
    """Return the option for the entry point, and the words after the image.

    `command` replaces the image's ENTRYPOINT and its CMD, and `args` replaces only CMD.
    """
    command = container.get("command", [])
    words = [*command[1:], *container.get("args", [])]
    return (["--entrypoint", command[0]] if command else []), words
