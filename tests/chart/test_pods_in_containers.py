"""The rendered pods run in containers: a model is trained, served, rolled back, and upgraded."""

import json
import os
import shutil
from pathlib import Path

import httpx
import pytest

from tests.chart.node import PATIENCE_SECONDS
from tests.chart.release import Release, release
from tests.chart.rendering import Manifest, pod_specs, render
from tests.chart.service import Service, clients
from tests.support.processes.wait_until import wait_for

pytestmark = [pytest.mark.chart, pytest.mark.docker, pytest.mark.timeout(900)]

UPGRADED = "settings.common.LOG_LEVEL=WARNING,settings.predictor.PREDICTOR_ROOT_PATH=/ml/churn"
"""Values of an upgrade. Its probes and clients need not know the root path."""


@pytest.fixture(autouse=True)
def _docker() -> None:
    if shutil.which("docker") is None:
        assert "CI" not in os.environ, "CI needs docker; .ci/engine-up installs it"
        pytest.skip("there is no docker")


def test_the_default_is_upgraded_and_rolled_back(tmp_path: Path) -> None:
    with release("default", tmp_path) as running:
        installs(running, replicas=2)
        upgrades_under_load(running)
        retrains(running)
        rolls_back(running)
        is_whole(running)


def test_one_user_without_root_serves_and_is_upgraded(tmp_path: Path) -> None:
    with release("restricted", tmp_path) as running:
        installs(running)
        upgrades_under_load(running)
        retrains(running)
        rolls_back(running)
        is_whole(running)


def test_secrets_of_the_cluster_are_used(tmp_path: Path) -> None:
    with release("external-secrets", tmp_path) as running:
        installs(running)
        stranger = Service(running.service.trust, None, running.service.addresses)
        assert stranger.request("GET", "/model").status_code == httpx.codes.UNAUTHORIZED
        upgrades_under_load(running)
        retrains(running)
        rolls_back(running)
        assert running.in_gatekeeper("test", "-e", "/store/token").returncode == 1
        is_whole(running)


def test_what_is_signed_is_served_and_upgraded(tmp_path: Path) -> None:
    with release("signing", tmp_path) as running:
        installs(running)
        upgrades_under_load(running)
        retrains(running)
        registry = running.in_gatekeeper("cat", "/store/registry.json").stdout
        assert "signature" in json.loads(registry)
        is_whole(running)


def installs(running: Release, replicas: int = 1) -> None:
    """Start all pods at once, and expect a first model on each predictor."""
    status, log = running.install(replicas)
    assert status == 0, log
    assert running.service.versions() == {1}


def retrains(running: Release) -> None:
    """Run the pod of the CronJob, and expect its model on each predictor."""
    (version,) = running.service.versions()
    status, log = running.retrain()
    assert status == 0, log
    assert running.service.versions() == {version + 1}


def rolls_back(running: Release) -> None:
    """Return to the first model, as the page shows, and expect it on each predictor."""
    (version,) = running.service.versions()
    done = running.client("rollback", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    wait_for(
        lambda: running.service.versions() == {version + 1},
        "the rollback",
        within=PATIENCE_SECONDS,
    )


def upgrades_under_load(running: Release) -> None:
    """Replace all pods while clients ask, and expect no failed request."""
    with clients(running.service, running.service.example()) as seen:
        statuses = running.upgrade(seen, "--set", UPGRADED)
        before = seen.asked
        wait_for(lambda: seen.asked >= before + 20, "requests", within=PATIENCE_SECONDS)
    assert seen.failures == []
    assert set(statuses) == {0}
    answer = running.service.request("GET", "/ml/churn/openapi.json")
    assert answer.json()["servers"] == [{"url": "/ml/churn"}]


def is_whole(running: Release) -> None:
    """Check every file of the store."""
    checked = running.in_gatekeeper("python", "-m", "shared.maintenance.fsck")
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("values", ["autoscaling", "one-node"])
def test_the_pods_of_other_values_run_as_those_of_the_default(values: str) -> None:
    """They differ only in CPU and memory that are reserved, and in the node that is chosen."""

    def essence(name: str) -> list[Manifest]:
        specs = []
        for _, spec in pod_specs(render(name)):
            placement = ("affinity", "topologySpreadConstraints")
            kept = {key: value for key, value in spec.items() if key not in placement}
            kept["containers"] = [
                {**each, "resources": each["resources"]["limits"]} for each in spec["containers"]
            ]
            specs.append(kept)
        return specs

    assert essence(values) == essence("default")
