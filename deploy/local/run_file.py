"""The run file: which process runs the local stack of a store, and where it listens.

Its first line is the process id; each other line is a setting as NAME=value. deploy/local/stack.sh
reads it too, and knows how to tell a live run from a number that was left behind.
"""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from shared.contract.layout import StoreLayout
from shared.store.durable_write import replace_file

_STACK_SCRIPT = Path(__file__).with_name("stack.sh")


def find_live_run(layout: StoreLayout) -> int | None:
    """The process id of the local run on this store, or None where none is alive."""
    asked = subprocess.run(  # noqa: S603 - the project's own script
        ["/bin/sh", _STACK_SCRIPT, "pid"],
        env={**os.environ, "STORE_DIR": str(layout.root)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    return int(asked.stdout) if asked.returncode == 0 else None


@contextmanager
def record_run(layout: StoreLayout, settings: Mapping[str, str]) -> Iterator[None]:
    """Keep the run file while this process runs the stack."""
    lines = [str(os.getpid()), *(f"{name}={value}" for name, value in settings.items())]
    # It means nothing after a crash of the machine.
    replace_file(layout.run_file, "\n".join([*lines, ""]).encode(), durable=False)
    try:
        yield
    finally:
        layout.run_file.unlink(missing_ok=True)
