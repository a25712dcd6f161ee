"""Secrets and volumes as Kubernetes mounts them work in the images."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.stacks.compose_stack import ComposeStack
from tests.support.processes.wait_until import wait_for

pytestmark = pytest.mark.docker

READ = (
    "import pathlib, sys; from shared.errors import TokenError; "
    "from gatekeeper.api.bearer_token import TokenFile; "
    "print(len(TokenFile(pathlib.Path('/secrets/token')).read()))"
)
WRITE = (
    "mkdir /secrets/..1 && echo a-secret-of-the-test > /secrets/..1/token && "
    "chmod {mode} /secrets/..1/token && chown 0:{group} /secrets/..1/token && "
    "ln -s ..1 /secrets/..data && ln -s ..data/token /secrets/token && echo written && sleep 600"
)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposeStack]:
    """Build the gatekeeper's image; no service of the project starts."""
    stack = ComposeStack(tmp_path_factory.mktemp("stack"))
    try:
        stack.compose("build", "gatekeeper")
        yield stack
    finally:
        stack.remove()


@contextmanager
def volume(stack: ComposeStack, kind: str, mode: str, group: int = 0) -> Iterator[str]:
    """Make a volume with a token as a Secret has it: on tmpfs, or on a disk."""
    name = f"{stack.environment['COMPOSE_PROJECT_NAME']}-secret-{kind}-{mode}-{group}"
    options = ["--opt", "type=tmpfs", "--opt", "device=tmpfs"] if kind == "tmpfs" else []
    stack.run("docker", "volume", "create", *options, name)
    image = f"{stack.environment['COMPOSE_PROJECT_NAME']}-gatekeeper"
    script = WRITE.format(mode=mode, group=group)
    # A tmpfs lives as long as it is mounted.
    command = ["docker", "run", "--rm", "--name", name, "--user", "0", "--entrypoint", "sh"]
    with subprocess.Popen(
        [*command, "--volume", f"{name}:/secrets", image, "-c", script], stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        try:
            assert writer.stdout.readline() == b"written\n"
            yield name
        finally:
            stack.run("docker", "rm", "--force", name, check=False)
    stack.run("docker", "volume", "rm", name, check=False)


def read(stack: ComposeStack, name: str, *options: str, access: str = "ro") -> str:
    """Read the token as the gatekeeper's user, and return what the program printed."""
    image = f"{stack.environment['COMPOSE_PROJECT_NAME']}-gatekeeper"
    command = ["docker", "run", "--rm", "--entrypoint", "python", *options]
    command += ["--volume", f"{name}:/secrets:{access}", image, "-c", READ]
    done = stack.run(*command, check=False)
    return done.stdout.strip() or done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("mode", "group", "options"),
    [
        ("0644", 0, ()),
        ("0444", 0, ()),
        ("0440", 2000, ("--group-add", "2000")),
        ("0644", 2000, ("--user", "1000650000:0", "--group-add", "2000")),
    ],
    ids=["the default mode", "a swarm's mode", "an fsGroup", "one arbitrary user"],
)
def test_a_secret_in_memory_is_read(
    stack: ComposeStack, mode: str, group: int, options: tuple[str, ...]
) -> None:
    with volume(stack, "tmpfs", mode, group) as name:
        assert read(stack, name, *options) == "20"


def test_a_secret_that_the_service_may_not_read_is_explained(stack: ComposeStack) -> None:
    with volume(stack, "tmpfs", "0400") as name:
        said = read(stack, name)
    assert "belongs to user 0 and group 0 with mode 0400" in said
    assert "this service is user 10002" in said
    assert "fsGroup" in said


def test_an_open_file_on_a_disk_or_on_a_writable_mount_is_refused(stack: ComposeStack) -> None:
    with volume(stack, "disk", "0644") as name:
        assert "other users can access it" in read(stack, name)
    with volume(stack, "tmpfs", "0644") as name:
        assert "other users can access it" in read(stack, name, access="rw")


FS_GROUP = (
    "chgrp -R 2000 /store && chmod -R g+rwX /store && find /store -type d -exec chmod g+s {} +"
)
"""The commands with the effect of `fsGroup: 2000` each time when a pod mounts the volume."""


def test_one_arbitrary_user_starts_twice_on_a_volume_with_an_fs_group(
    stack: ComposeStack,
) -> None:
    """The root of the volume belongs to root, as in a restricted namespace."""
    project = stack.environment["COMPOSE_PROJECT_NAME"]
    name, image = f"{project}-arbitrary", f"{project}-gatekeeper"
    mount = ("--volume", f"{name}:/store")
    user = ("--user", "1000650000:0", "--group-add", "2000", "--read-only", "--cap-drop", "ALL")

    def mounted(*command: str) -> str:
        stack.run(
            "docker",
            "run",
            "--rm",
            "--user",
            "0",
            *mount,
            "--entrypoint",
            "sh",
            image,
            "-c",
            FS_GROUP,
        )
        return stack.run("docker", "run", *user, *mount, *command).stdout

    def is_healthy() -> bool:
        (state,) = json.loads(stack.run("docker", "inspect", name).stdout)
        assert state["State"]["Running"], stack.run("docker", "logs", name)
        return bool(state["State"]["Health"]["Status"] == "healthy")

    stack.run("docker", "volume", "create", name)
    try:
        for _ in range(2):
            mounted("--detach", "--name", name, "--tmpfs", "/tmp:mode=1777", image)  # noqa: S108 - in a container
            wait_for(is_healthy, "the gatekeeper to be healthy")
            stack.run("docker", "rm", "--force", name)
        fsck = ("--rm", "--entrypoint", "python", image, "-m", "shared.maintenance.fsck")
        said = mounted(*fsck)
        assert "note: Group 2000 can write" in said
        assert "0 errors" in said
    finally:
        stack.run("docker", "rm", "--force", name, check=False)
        stack.run("docker", "volume", "rm", name, check=False)
