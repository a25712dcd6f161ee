"""Read secret files; refuse a file that other users can access.

One rule holds for every secret: tokens, private keys and keys of clients (docs/adr/0045). Only
owner and group may read it, and only the owner may write it. Others may read it too if it is in
memory and mounted read-only, as Secrets of Kubernetes are: no other container sees that mount.
"""

import errno
import os
import stat
from pathlib import Path

from shared.container.mounts import find_mount
from shared.errors import ModelgateError

_TOO_PERMISSIVE = stat.S_IWGRP | stat.S_IXGRP | stat.S_IRWXO
_MOUNTED = "For a Secret of Kubernetes, set `defaultMode: 0440` and an `fsGroup` of the pod."


def read_secret(path: Path, label: str, max_bytes: int, error: type[ModelgateError]) -> bytes:
    """Read at most *max_bytes* + 1 bytes of a file that other users cannot access.

    A longer result than *max_bytes* means that the file is too large. Raises *error*, whose message
    calls the file *label*.
    """
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            is_safe = _is_safe(status.st_mode, file.fileno())
            content = file.read(max_bytes + 1)
    except OSError as cause:
        raise error(
            f"The {label} {path} cannot be read: {cause.strerror or cause}.{_explain(path, cause)}"
        ) from cause
    if not is_safe:
        raise error(
            f"The {label} {path} has mode {stat.S_IMODE(status.st_mode):04o}, so other users can "
            f"access it. {_advise(path, status)}"
        )
    return content


def _is_safe(mode: int, descriptor: int) -> bool:
    excess = mode & _TOO_PERMISSIVE
    if excess != stat.S_IROTH:
        return not excess
    mount = find_mount(descriptor)
    return mount is not None and mount.is_in_memory and mount.is_read_only


def _advise(path: Path, status: os.stat_result) -> str:
    if os.geteuid() in {0, status.st_uid}:
        return f"Run `chmod 600 {path}`."
    return f"Its owner, user {status.st_uid}, can run `chmod 640 {path}`. {_MOUNTED}"


def _explain(path: Path, cause: OSError) -> str:
    """Say who may read a file that this user may not read."""
    if cause.errno != errno.EACCES:
        return ""
    try:
        status = path.stat()
    except OSError:  # a directory above it is closed
        return f" This service is user {os.geteuid()}."
    return (
        f" It belongs to user {status.st_uid} and group {status.st_gid} with mode "
        f"{stat.S_IMODE(status.st_mode):04o}, and this service is user {os.geteuid()}. {_MOUNTED}"
    )
