"""A node without Kubernetes: a directory with volumes and Secrets, and a network of Docker."""

import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - each node has a directory of its own
"""A file system in memory, such as the kubelet uses for Secrets."""
PATIENCE_SECONDS = 240
"""Seconds to wait for a container on a busy machine."""


def docker(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a command of docker."""
    done = subprocess.run(
        ["docker", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert not check or done.returncode == 0, f"docker {arguments}\n{done.stdout}{done.stderr}"
    return done


@dataclass
class Node:
    """Volumes and Secrets below *root*, and a network without a way out, as the policies want."""

    root: Path
    images: dict[str, str]
    """Names of the images of this machine, by those in the manifests."""
    secrets: dict[str, dict[str, bytes]] = field(default_factory=dict)
    name: str = field(default_factory=lambda: f"modelgate-chart-{secrets.token_hex(3)}")

    def claim(self, name: str) -> Path:
        """Return the directory of a claim: an empty one of root, as a new volume has."""
        path = self.root / "claims" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):  # several pods start at once
            path.mkdir()
            path.chmod(0o755)
        return path

    def secret_files(self, volume: str, files: dict[str, bytes], mode: int) -> Path:
        """Write files as the kubelet does: links to a directory that is replaced as a whole."""
        path = MEMORY / self.name / f"{volume}-{secrets.token_hex(4)}"
        data = path / f"..{secrets.token_hex(4)}"
        data.mkdir(parents=True)
        for name, content in files.items():
            (data / name).write_bytes(content)
            (data / name).chmod(mode)
            (path / name).symlink_to(f"..data/{name}")
        (path / "..data").symlink_to(data.name)
        return path

    def is_in_use(self, container: str) -> bool:
        """Return whether a container runs."""
        state = docker("inspect", "--format", "{{json .State}}", container, check=False).stdout
        return bool(state) and bool(json.loads(state)["Running"])


@contextmanager
def running_node(
    root: Path, images: dict[str, str], secrets_of: dict[str, dict[str, bytes]]
) -> Iterator[Node]:
    """Make the network. At the end remove all containers and the network."""
    assert os.geteuid() == 0, "only root can make volumes that belong to several users"
    node = Node(root, images, secrets_of)
    docker("network", "create", "--internal", node.name)
    try:
        yield node
    finally:
        found = docker("ps", "--all", "--quiet", "--filter", f"network={node.name}").stdout.split()
        labelled = docker("ps", "--all", "--quiet", "--filter", f"label={node.name}").stdout.split()
        if containers := {*found, *labelled}:
            docker("rm", "--force", "--volumes", *containers)
        docker("network", "rm", node.name)
        shutil.rmtree(MEMORY / node.name, ignore_errors=True)
