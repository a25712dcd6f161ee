"""An ext4 file system in a file that can lose its power: unflushed data is then lost.

EXT4_IOC_SHUTDOWN stops the file system as a power failure does. With LOG_FLUSHED the journal
reaches the disk, but data without fsync does not. With NOTHING_FLUSHED neither does. Data with
fsync must survive both.
"""

import ctypes
import fcntl
import os
import shutil
import subprocess
from pathlib import Path

from tests.support.processes.wait_until import wait_for

_SHUTDOWN = 0x8004587D
LOG_FLUSHED, NOTHING_FLUSHED = 1, 2
TOOLS = ("mkfs.ext4", "mount", "umount", "losetup")


def is_possible() -> bool:
    """Return whether this user may mount a file as a disk."""
    return os.getuid() == 0 and Path("/dev/loop-control").exists() and all(map(shutil.which, TOOLS))


class LoopDisk:
    """A disk image and its mount point."""

    def __init__(self, directory: Path) -> None:
        self._image = directory / "disk.img"
        self.root = directory / "disk"
        self.root.mkdir()

    def format(self) -> None:
        """Make an empty ext4 of 24 MiB, without its automatic flush of replaced files."""
        self._image.unlink(missing_ok=True)
        with self._image.open("wb") as image:
            image.truncate(24 << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", str(self._image)], check=True)

    def keep(self, kept: Path) -> None:
        """Copy the unmounted disk."""
        subprocess.run(["cp", "--sparse=always", self._image, kept], check=True)

    def put_back(self, kept: Path) -> None:
        """Restore the unmounted disk from the copy."""
        subprocess.run(["cp", "--sparse=always", kept, self._image], check=True)

    def mount(self) -> None:
        """Mount it. After a power failure the kernel replays the journal."""
        options = "loop,noauto_da_alloc"
        subprocess.run(["mount", "-t", "ext4", "-o", options, self._image, self.root], check=True)

    def unmount(self) -> None:
        """Unmount it if it is mounted, and wait until the kernel has closed the file system.

        A container that starts meanwhile has a copy of every mount for a moment. Mounted again
        before that ends, the disk would still be the one without power.
        """
        if not self.root.is_mount():
            return
        number = self.root.stat().st_dev
        device = Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}").resolve().name
        subprocess.run(["umount", self.root], check=True)
        wait_for(lambda: not self._is_open(device), f"{device} to be closed")

    def _is_open(self, device: str) -> bool:
        """Return whether the kernel still has the file system open; another one may follow it."""
        try:
            image = Path("/sys/block", device, "loop", "backing_file").read_text().strip()
        except OSError:  # nothing uses the device
            return False
        return image == str(self._image) and Path("/sys/fs/ext4", device).exists()

    def cut_power(self, flag: int) -> None:
        """Stop the file system at once and unmount it."""
        descriptor = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(descriptor, _SHUTDOWN, ctypes.c_uint32(flag))
        finally:
            os.close(descriptor)
        self.unmount()
