"""The translator of pods treats users and volumes as the kubelet does, and leaves nothing out."""

import copy
import shutil
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.chart.node import MEMORY, Node
from tests.chart.pod_options import require_known_fields, resource_options, security_options
from tests.chart.pod_volumes import mount_options
from tests.chart.quantities import read_quantity
from tests.chart.rendering import Manifest, find, pod_template, render

pytestmark = pytest.mark.chart

GROUP = 4321


def predictor(values: str = "default") -> Manifest:
    """Return the specification of a predictor's pod, for a test that changes it."""
    found: Manifest = copy.deepcopy(pod_template(find(render(values), "Deployment", "predictor")))
    spec: Manifest = found["spec"]
    return spec


def modes(root: Path) -> dict[str, str]:
    return {
        path.name: f"{path.stat().st_mode & 0o7777:o} {path.stat().st_gid}"
        for path in root.rglob("*")
    }


@pytest.mark.parametrize(
    ("place", "field"),
    [("pod", "hostNetwork"), ("containers", "stdin"), ("initContainers", "workingDir")],
)
def test_a_field_that_would_be_left_out_is_refused(place: str, field: str) -> None:
    spec = predictor()
    target: dict[str, Any] = spec if place == "pod" else spec[place][0]
    target[field] = True
    with pytest.raises(AssertionError):
        require_known_fields(spec)


def test_a_pod_with_variables_of_services_or_a_token_is_refused() -> None:
    for field in ("enableServiceLinks", "automountServiceAccountToken"):
        with pytest.raises((AssertionError, KeyError)):
            require_known_fields({**predictor(), field: True})


def test_an_image_whose_user_has_only_a_name_is_refused() -> None:
    spec = predictor("restricted")
    with pytest.raises(AssertionError, match="kubelet"):
        security_options(spec, spec["containers"][0])


def test_a_container_has_the_user_groups_and_limits_of_its_pod() -> None:
    spec = predictor("external-secrets")
    options = security_options(spec, spec["containers"][0])
    assert options[:2] == ["--user", "10003:10003"]
    assert options[2:] == [
        *("--group-add", "10000"),
        *("--read-only", "--security-opt", "no-new-privileges", "--cap-drop", "ALL"),
    ]
    assert resource_options(spec["containers"][0]) == [
        *("--memory", "2147483648", "--memory-swap", "2147483648", "--cpus", "1"),
    ]


def test_a_secret_is_a_link_to_files_of_root_in_memory(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    secrets = {
        "modelgate-api-keys": {"api-keys": b"x"},
        "modelgate-predictor-tls": {"tls.crt": b"y", "tls.key": b"z"},
    }
    node, spec = Node(tmp_path, {}, secrets), predictor("external-secrets")
    request.addfinalizer(partial(shutil.rmtree, MEMORY / node.name))
    options = mount_options(node, spec, spec["containers"][0])
    (mounted,) = (each for each in options if each.endswith(":/etc/modelgate:ro"))
    key = Path(mounted.split(":")[0]) / "tls.key"
    assert key.is_symlink()
    assert key.is_relative_to(MEMORY)
    assert (key.read_bytes(), key.stat().st_mode & 0o777, key.stat().st_uid) == (b"z", 0o444, 0)


def test_only_the_own_part_of_the_store_is_writable(tmp_path: Path) -> None:
    node, spec = Node(tmp_path, {}), predictor()
    options = mount_options(node, spec, spec["containers"][0])
    store = node.claim("modelgate-store")
    assert f"{store}:/store:ro" in options
    for part in ("serving", "live"):
        assert f"{store}/{part}:/store/{part}" in options
        assert (store / part).stat().st_uid == 0, "the kubelet makes it for root"


def test_a_group_changes_the_volume_once_or_at_each_start(tmp_path: Path) -> None:
    node, spec = Node(tmp_path, {}), predictor("restricted")
    spec["securityContext"]["fsGroup"] = GROUP
    token = node.claim("modelgate-store") / "token"
    token.write_bytes(b"secret")
    token.chmod(0o600)
    mount_options(node, spec, spec["containers"][0])
    assert modes(token.parent)["token"] == f"660 {GROUP}"
    token.chmod(0o600)
    mount_options(node, spec, spec["containers"][0])
    assert modes(token.parent)["token"] == f"600 {GROUP}", "the root of the volume is right"
    spec["securityContext"]["fsGroupChangePolicy"] = "Always"
    mount_options(node, spec, spec["containers"][0])
    assert modes(token.parent)["token"] == f"660 {GROUP}"


@pytest.mark.parametrize(
    ("quantity", "number"),
    [("2Gi", 2**31), ("64Mi", 2**26), ("500m", Decimal("0.5")), (1, 1), ("1.5", Decimal("1.5"))],
)
def test_a_quantity_is_read(quantity: str | int, number: Decimal | int) -> None:
    assert read_quantity(quantity) == number
