"""Load modules of the kernel by name, with those that they need. The machine may have no kmod."""

import ctypes
import errno
import os
import sys
from pathlib import Path

_FINIT_MODULE = 313
"""The system call finit_module of x86-64."""


def load(tools: Path, names: list[str]) -> None:
    """Load the modules *names* for the kernel that runs, from the unpacked packages."""
    folder = tools / "usr/lib/uml/modules" / os.uname().release
    lines = (folder / "modules.dep").read_text().splitlines()
    needs = {path: rest.split() for path, _, rest in (line.partition(":") for line in lines)}
    by_name = {Path(path).stem: path for path in needs}
    libc = ctypes.CDLL(None, use_errno=True)
    done = set[str]()

    def insert(path: str) -> None:
        if path in done:
            return
        done.add(path)
        for needed in reversed(needs[path]):
            insert(needed)
        descriptor = os.open(folder / path, os.O_RDONLY)
        failed = libc.syscall(_FINIT_MODULE, descriptor, b"", 0)
        if failed and ctypes.get_errno() != errno.EEXIST:
            sys.stdout.write(f"{path}: {os.strerror(ctypes.get_errno())}\n")
        os.close(descriptor)

    for name in names:
        insert(by_name[name])


if __name__ == "__main__":
    load(Path(sys.argv[1]), sys.argv[2:])
