"""Change a volume as the kubelet does when a pod with an fsGroup mounts it."""

import os
from pathlib import Path


def apply_fs_group(root: Path, group: int) -> None:
    """Give *group* every path below *root*, as SetVolumeOwnership of Kubernetes does."""
    for path in [root, *root.rglob("*")]:
        if not path.is_symlink():
            os.chown(path, -1, group)
            is_directory = path.is_dir()
            path.chmod(path.stat().st_mode & 0o7777 | (0o2770 if is_directory else 0o660))
