"""A bucket that two hosts mount: two mounts on this machine. JuiceFS serves it on 127.0.0.1."""

import os
import secrets
import socket
import subprocess
from pathlib import Path

from shared.probe.mounted import find_mount
from tests.support.processes.ports import free_ports
from tests.support.processes.wait_until import wait_for

_USER = "modelgate"
_VARIABLES = ("AWS_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
"""Beginnings of variables that send clients of S3 elsewhere, or change their certificates."""


class Bucket:
    """A bucket and its mounts. `close` ends all."""

    def __init__(self, juicefs: Path, folder: Path) -> None:
        self._juicefs, self._folder = juicefs, folder
        self._secret = secrets.token_hex(16)
        self._processes: list[subprocess.Popen[bytes]] = []
        self._mounts: list[Path] = []
        metadata = f"sqlite3://{folder}/metadata"
        subprocess.run(
            [juicefs, "format", "--no-update", "--storage", "file", "--bucket",
             f"{folder}/objects/", metadata, "bucket"],
            check=True, capture_output=True,
        )  # fmt: skip
        self._port = free_ports(1)
        self._start(
            juicefs, "gateway", "--no-usage-report", f"--cache-dir={folder}/cache", metadata,
            f"127.0.0.1:{self._port}",
            MINIO_ROOT_USER=_USER, MINIO_ROOT_PASSWORD=self._secret,
        )  # fmt: skip
        wait_for(self._answers, "the server of the bucket")

    def mount_s3fs(self, name: str) -> Path:
        """Mount the bucket with s3fs."""
        passwords = self._folder / "s3fs-password"
        passwords.write_text(f"{_USER}:{self._secret}\n")
        passwords.chmod(0o600)
        place = self._make_place(name)
        self._start(
            "s3fs", "bucket", place, "-f", "-o",
            f"passwd_file={passwords},url=http://127.0.0.1:{self._port},use_path_request_style",
        )  # fmt: skip
        return self._wait_for_mount(place, "fuse.s3fs")

    def mount_rclone(self, name: str) -> Path:
        """Mount the bucket with rclone, which caches what is written."""
        place = self._make_place(name)
        self._start(
            "rclone", "mount", "s3:bucket", place, "--vfs-cache-mode", "writes",
            "--cache-dir", self._folder / f"cache-{name}", "--config", os.devnull,
            RCLONE_CONFIG_S3_TYPE="s3", RCLONE_CONFIG_S3_PROVIDER="Minio",
            RCLONE_CONFIG_S3_ACCESS_KEY_ID=_USER, RCLONE_CONFIG_S3_SECRET_ACCESS_KEY=self._secret,
            RCLONE_CONFIG_S3_ENDPOINT=f"http://127.0.0.1:{self._port}",
        )  # fmt: skip
        return self._wait_for_mount(place, "fuse.rclone")

    def close(self) -> None:
        """End all mounts, then the server."""
        for place in self._mounts:
            subprocess.run(["umount", "--lazy", place], check=False, capture_output=True)
        for process in reversed(self._processes):
            process.kill()
            process.wait()

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self._port), 5.0).close()
        except OSError:
            return False
        return True

    def _make_place(self, name: str) -> Path:
        place = self._folder / name
        place.mkdir()
        self._mounts.append(place)
        return place

    def _wait_for_mount(self, place: Path, kind: str) -> Path:
        wait_for(lambda: find_mount(place).kind == kind, f"the mount {place}, see {self._folder}")
        return place

    def _start(self, *command: str | Path, **variables: str) -> None:
        own = {n: v for n, v in os.environ.items() if not n.upper().startswith(_VARIABLES)}
        with (self._folder / f"{len(self._processes)}.log").open("wb") as log:
            self._processes.append(
                subprocess.Popen(
                    command,
                    env=own | variables,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )
            )
