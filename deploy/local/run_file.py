"""The run file of a store: the process that runs the local stack, and its settings.

The first line is the process id. Each other line is a setting as NAME=value. deploy/local/stack.sh
reads the file too, and checks whether the process is still a local run.
"""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from shared.contract.layout import StoreLayout
from shared.store.durable_write import SECRET_MODE, replace_file

_STACK_SCRIPT = Path(__file__).with_name("stack.sh")


def find_live_run(layout: StoreLayout) -> int | None:
    """Return the process id of the live local run on this store, or None."""
    done = subprocess.run(  # noqa: S603 - the project's own script
        ["/bin/sh", _STACK_SCRIPT, "pid"],
        env={**os.environ, "STORE_DIR": str(layout.root)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    return int(done.stdout) if done.returncode == 0 else None


@contextmanager
def record_run(layout: StoreLayout, settings: Mapping[str, str]) -> Iterator[None]:
    """Write the run file, and remove it when the stack has stopped."""
    lines = [str(os.getpid()), *(f"{name}={value}" for name, value in settings.items())]
    content = "\n".join([*lines, ""]).encode()
    # Addresses of webhooks are secrets. Not durable: it means nothing after a crash of the machine.
    replace_file(layout.run_file, content, mode=SECRET_MODE, durable=False)
    try:
        yield
    finally:
        layout.run_file.unlink(missing_ok=True)
