"""An ext4 file system in a file, whose power can be cut: what was not flushed is gone.

EXT4_IOC_SHUTDOWN stops the file system as if the machine had lost its power. With LOG_FLUSHED
the journal reaches the disk and data that nobody fsynced does not; with NOTHING_FLUSHED
neither does. What was fsynced is there in both cases, which is what is tested.
"""

import ctypes
import fcntl
import os
import shutil
import subprocess
from pathlib import Path

_SHUTDOWN = 0x8004587D
LOG_FLUSHED, NOTHING_FLUSHED = 1, 2
TOOLS = ("mkfs.ext4", "mount", "umount", "losetup")


def is_possible() -> bool:
    """Whether this user may mount a file as a disk here."""
    return os.getuid() == 0 and Path("/dev/loop-control").exists() and all(map(shutil.which, TOOLS))


class LoopDisk:
    """One disk image and the directory where it is mounted."""

    def __init__(self, directory: Path) -> None:
        self._image = directory / "disk.img"
        self.root = directory / "disk"
        self.root.mkdir()

    def format(self) -> None:
        """An empty ext4 of 24 MiB; ext4's own rescue of files replaced unflushed is off."""
        self._image.unlink(missing_ok=True)
        with self._image.open("wb") as image:
            image.truncate(24 << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", str(self._image)], check=True)

    def keep(self, kept: Path) -> None:
        """Keep a copy of the unmounted disk."""
        subprocess.run(["cp", "--sparse=always", self._image, kept], check=True)

    def put_back(self, kept: Path) -> None:
        """Make the unmounted disk what it was when it was kept."""
        subprocess.run(["cp", "--sparse=always", kept, self._image], check=True)

    def mount(self) -> None:
        """Mount it; after a cut the journal is replayed."""
        options = "loop,noauto_da_alloc"
        subprocess.run(["mount", "-t", "ext4", "-o", options, self._image, self.root], check=True)

    def unmount(self) -> None:
        """Unmount it, if it is mounted."""
        if self.root.is_mount():
            subprocess.run(["umount", self.root], check=True)

    def cut_power(self, flag: int) -> None:
        """Stop the file system here and now, and unmount what is left."""
        descriptor = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(descriptor, _SHUTDOWN, ctypes.c_uint32(flag))
        finally:
            os.close(descriptor)
        self.unmount()
