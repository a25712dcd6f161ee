"""The volumes of a pod on a node, with the groups and modes that the kubelet gives them."""

import os
import stat
from pathlib import Path
from typing import Any

from tests.chart.node import Node
from tests.chart.quantities import read_quantity
from tests.chart.rendering import Manifest

_GROUP_MAY_READ = 0o440
_GROUP_MAY_WRITE = 0o660


def mount_options(node: Node, spec: Manifest, container: Manifest) -> list[str]:
    """Return the options of `docker run` that mount the volumes of a container.

    A directory of a subPath that is missing is made for root, as the kubelet does.
    """
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    options = []
    for mount in container.get("volumeMounts", []):
        assert mount.keys() <= {"name", "mountPath", "readOnly", "subPath"}, mount
        volume, target = volumes[mount["name"]], mount["mountPath"]
        if memory := volume.get("emptyDir"):
            assert memory["medium"] == "Memory", "the policy wants volumes in memory"
            size = int(read_quantity(memory["sizeLimit"]))
            options += ["--tmpfs", f"{target}:rw,mode=1777,size={size}"]
            continue
        source = _directory(node, spec, volume)
        if "subPath" in mount:
            source /= mount["subPath"]
            source.mkdir(mode=stat.S_IMODE(source.parent.stat().st_mode), exist_ok=True)
        options += ["--volume", f"{source}:{target}{':ro' if mount.get('readOnly') else ''}"]
    return options


def _directory(node: Node, spec: Manifest, volume: dict[str, Any]) -> Path:
    """Return the directory of a volume after its group is set."""
    context = spec["securityContext"]
    group = context.get("fsGroup")
    if claim := volume.get("persistentVolumeClaim"):
        path = node.claim(claim["claimName"])
        if group is not None:
            _set_group(path, group, context.get("fsGroupChangePolicy"))
        return path
    projected = volume["projected"]
    files = {
        item["path"]: node.secrets[source["secret"]["name"]][item["key"]]
        for source in projected["sources"]
        for item in source["secret"]["items"]
    }
    path = node.secret_files(volume["name"], files, projected["defaultMode"])
    if group is not None:
        _give_all(path, group, _GROUP_MAY_READ)
    return path


def _set_group(path: Path, group: int, policy: str | None) -> None:
    """Give a volume to a group, as a driver with fsGroup does, unless its root is right."""
    found = path.stat()
    wanted = stat.S_ISGID | 0o070 | 0o660
    is_right = found.st_gid == group and stat.S_IMODE(found.st_mode) & wanted == wanted
    if policy != "OnRootMismatch" or not is_right:
        _give_all(path, group, _GROUP_MAY_WRITE)


def _give_all(root: Path, group: int, bits: int) -> None:
    for path in (root, *root.rglob("*")):
        found = path.lstat()
        os.chown(path, -1, group, follow_symlinks=False)
        if stat.S_ISDIR(found.st_mode):
            path.chmod(stat.S_IMODE(found.st_mode) | bits | 0o110 | stat.S_ISGID)
        elif stat.S_ISREG(found.st_mode):
            path.chmod(stat.S_IMODE(found.st_mode) | bits)
