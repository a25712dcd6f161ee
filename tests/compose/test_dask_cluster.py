"""Two workers in containers train as one process does."""

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.stacks.compose_stack import ComposeStack
from tests.stacks.stack import running

pytestmark = pytest.mark.docker

FILES = "docker-compose.yml:docker-compose.dask.yml"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposeStack]:
    directory = tmp_path_factory.mktemp("stack")
    with running(
        ComposeStack(directory, COMPOSE_FILE=FILES, BOOSTERS="true", TRAINER_SEARCH=4)
    ) as started:
        yield started


def newest(stack: ComposeStack) -> dict[str, Any]:
    shown = stack.in_store("cat candidates/$(ls candidates | tail -n 1)/manifest.json").stdout
    manifest: dict[str, Any] = json.loads(shown)
    return manifest


def train(stack: ComposeStack, *options: str) -> dict[str, Any]:
    stack.compose("run", "--rm", "-T", *options, "trainer", "trainer")
    return newest(stack)


def test_scheduler_and_workers_are_confined_and_have_no_store(stack: ComposeStack) -> None:
    for service in ("dask-scheduler", "dask-worker"):
        for facts in stack.inspect(service):
            host = facts["HostConfig"]
            assert host["ReadonlyRootfs"] is True
            assert host["CapDrop"] == ["ALL"]
            assert host["SecurityOpt"] == ["no-new-privileges:true"]
            assert host["Memory"] > 0
            assert host["NanoCpus"] > 0
            assert host["PidsLimit"] > 0
            assert not host["PortBindings"]
            assert "/store" not in [mount["Destination"] for mount in facts["Mounts"]]
            assert facts["Config"]["User"] == "trainer"
            (network,) = facts["NetworkSettings"]["Networks"]
            assert network.endswith("_cluster")


def test_two_workers_give_the_model_of_one_process(stack: ComposeStack) -> None:
    there = newest(stack)
    here = train(stack, "-e", "TRAINER_DASK=")

    assert there["settings"]["dask"] == "tcp://dask-scheduler:8786"
    assert here["settings"]["dask"] is None
    assert there["digest"] == here["digest"]
    assert [c["metrics"] for c in there["candidates"]] == [c["metrics"] for c in here["candidates"]]


def test_a_worker_that_is_killed_in_a_search_changes_nothing(stack: ComposeStack) -> None:
    command = ["docker", "compose", "run", "--rm", "-T", "-e", "TRAINER_SEARCH=30", "trainer"]
    with subprocess.Popen(
        [*command, "trainer"],
        cwd=stack.checkout,
        env=stack.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as run:
        assert run.stdout is not None
        lines = iter(run.stdout.readline, "")
        assert any("Searching" in line for line in lines)
        victim = stack.inspect("dask-worker")[0]["Id"]
        subprocess.run(["docker", "kill", victim], check=True, capture_output=True)
        output = "".join(lines)
    assert run.returncode == 0, output
    there = newest(stack)

    here = train(stack, "-e", "TRAINER_DASK=", "-e", "TRAINER_SEARCH=30")

    assert there["digest"] == here["digest"]
