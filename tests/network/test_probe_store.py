"""The probe knows the use of NFS and JuiceFS. It refuses options that break them, and buckets."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.network.conftest import Laboratory
from tests.network.support.bucket import Bucket
from tests.network.support.juicefs_laboratory import JuiceFsLaboratory
from tests.network.support.nfs_laboratory import NfsLaboratory
from tests.support.project import ROOT

pytestmark = pytest.mark.thorough


def probe(laboratory: Laboratory, name: str, folder: str | None = None) -> dict[str, Any]:
    """Probe a new directory from both hosts; *folder* is another mount of it on the first one."""
    a, b = laboratory.hosts["a"], laboratory.hosts["b"]
    address, port = b.address
    other = f"{b.store}/{name}"
    own = f"{folder or a.store}/{name}"
    found: dict[str, Any] = a.call("probe", own=own, address=address, port=port, other=other)
    return found


def test_default_mounts_are_good_for_all_roles_with_one_host_that_keeps_house(
    laboratory: Laboratory,
) -> None:
    found = probe(laboratory, "probe")
    assert found["use"] == "ONE_GATEKEEPER_HOST", found
    (reason,) = found["reasons"]
    assert reason.startswith("Lines of two hosts get lost:")


def test_nocto_is_refused(laboratory: Laboratory) -> None:
    if not isinstance(laboratory, NfsLaboratory):
        pytest.skip("an option of NFS")
    laboratory.hosts["a"].call(
        "shell",
        command="mkdir -p /mnt/nocto && mount -i -t nfs4 -o "
        "vers=4.1,nocto,nosharecache,addr=10.77.0.4,clientaddr=10.77.0.2 10.77.0.4:/ /mnt/nocto",
    )
    found = probe(laboratory, "nocto", "/mnt/nocto")
    assert found["use"] == "NOTHING", found
    assert "nocto" in found["reasons"][0]


@pytest.fixture
def without_trash(network_tools: Path, tmp_path: Path) -> Iterator[JuiceFsLaboratory]:
    laboratory = JuiceFsLaboratory(network_tools, tmp_path, trash_days=0)
    try:
        yield laboratory
    finally:
        laboratory.close()


def test_juicefs_without_trash_is_refused(without_trash: JuiceFsLaboratory) -> None:
    found = probe(without_trash, "probe")
    assert found["use"] == "NOTHING", found
    assert "--trash-days 0" in found["reasons"][0]
    is_good, counts = found["findings"]["replaced file"]
    assert not is_good
    assert "missing" in counts


@pytest.fixture(scope="module")
def bucket(network_tools: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    started = Bucket(network_tools / "bin" / "juicefs", tmp_path_factory.mktemp("bucket"))
    try:
        yield started
    finally:
        started.close()


def probe_mounts(own: Path, other: Path) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does, with the second mount as that of another host."""
    program = f"{sys.executable} -m shared.probe"
    return subprocess.run(
        [*program.split(), "--peer", f"env STORE_DIR={other} {program} --answer"],
        cwd=ROOT,
        env={"STORE_DIR": str(own)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_bucket_of_s3fs_is_unsuitable(bucket: Bucket) -> None:
    found = probe_mounts(bucket.mount_s3fs("s3fs-a"), bucket.mount_s3fs("s3fs-b"))

    assert found.returncode == 1, found
    assert "s3fs-a: unsuitable." in found.stdout
    assert "s3fs is not a shared volume: it renames by copying and deleting." in found.stdout
    assert "link fails with ENOTSUP" in found.stdout


def test_a_bucket_of_rclone_is_unsuitable(bucket: Bucket) -> None:
    found = probe_mounts(bucket.mount_rclone("rclone-a"), bucket.mount_rclone("rclone-b"))

    assert found.returncode == 1, found
    assert "rclone-a: unsuitable." in found.stdout
    assert "rclone is not a shared volume: it uploads a file some time after" in found.stdout
    assert "Exclusive link: link fails with" in found.stdout
