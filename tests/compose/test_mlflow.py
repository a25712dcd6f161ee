"""The compose file with MLflow: a decision arrives, and the follower can only read the store."""

import os
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stacks.compose_stack import ComposeStack
from tests.stacks.stack import running
from tests.support.http import plain_http
from tests.support.processes.wait_until import wait_for
from tests.support.project import ROOT

pytestmark = pytest.mark.docker

FILES = "docker-compose.yml:docker-compose.mlflow.yml"
START_SECONDS = 240.0


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    """Build MLflow's server from our lock: no test depends on a registry of images."""
    name = f"modelgate-test-mlflow-{secrets.token_hex(3)}"
    arguments = [
        f"--build-arg={key}={os.environ[key]}"
        for key in ("BASE_IMAGE", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST")
        if os.environ.get(key)
    ]
    secret = f"--secret=id=pip_conf,src={os.environ.get('PIP_CONF') or '/dev/null'}"
    dockerfile = Path(__file__).parent / "mlflow_image" / "Dockerfile"
    command = ["docker", "build", "--quiet", *arguments, secret, "--tag", name]
    subprocess.run([*command, "--file", str(dockerfile), str(ROOT)], check=True)
    yield name
    subprocess.run(["docker", "image", "rm", "--force", name], check=True, capture_output=True)


@pytest.fixture(scope="module")
def stack(image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposeStack]:
    # Port 0 is a free one, which the engine chooses.
    variables = {"COMPOSE_FILE": FILES, "MLFLOW_IMAGE": image, "MLFLOW_PORT": "0"}
    with running(ComposeStack(tmp_path_factory.mktemp("stack"), {}, **variables)) as started:
        yield started


def champion(stack: ComposeStack) -> Any:
    published = stack.compose("port", "mlflow", "5000").stdout.strip()
    url = f"http://{published}/api/2.0/mlflow/registered-models/alias"
    response = plain_http.get(url, params={"name": "modelgate", "alias": "champion"})
    return response.json().get("model_version") if response.status_code == 200 else None


def test_the_version_in_production_is_the_champion(stack: ComposeStack) -> None:
    found = wait_for(lambda: champion(stack), "the champion", START_SECONDS)
    assert found["version"] == "1"
    done = stack.make("retrain", TRAINER_CANDIDATES="examples.weak:CANDIDATES")
    assert done.returncode == 0, done
    assert champion(stack)["version"] == "1"


def test_only_the_follower_and_the_server_are_in_their_network(stack: ComposeStack) -> None:
    for service in ("mlflow", "tracking"):
        (container,) = stack.inspect(service)
        (network,) = container["NetworkSettings"]["Networks"]
        assert network.endswith("_tracking")
        assert container["HostConfig"]["ReadonlyRootfs"] is True
        assert container["HostConfig"]["CapDrop"] == ["ALL"]
    (trainer,) = stack.inspect("trainer")
    assert list(trainer["NetworkSettings"]["Networks"]) == ["none"]


def test_the_follower_cannot_write_to_the_store_or_read_rows(stack: ComposeStack) -> None:
    (container,) = stack.inspect("tracking")
    assert container["Config"]["User"] == "notifier"
    (mount,) = (each for each in container["Mounts"] if each["Destination"] == "/store")
    assert mount["RW"] is False
    refused = stack.compose("exec", "-T", "tracking", "ls", "/store/predictions", check=False)
    assert refused.returncode != 0
