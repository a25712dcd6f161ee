"""`python -m deploy.containers.launch SERVICE [ARGUMENT…]`: start a service.

Numerical libraries start one thread for each CPU of the machine. They ignore the container's
quota, and read their limit only when they are imported. So this program sets it first, and then
becomes the service.
"""

import argparse
import os
import subprocess
import sys

from shared.container.threads import limit_threads


def _welcome() -> None:
    """Start the welcome beside the service, in a project of compose that logs for people.

    The shell ends at once. So the welcome is a child of the container's init, not of the service.
    """
    if os.environ.get("GATEKEEPER_PUBLISHED") and os.environ.get("LOG_FORMAT") != "json":
        start = '"$0" -m deploy.containers.welcome &'
        subprocess.run(["sh", "-c", start, sys.executable], check=False)  # noqa: S603, S607 - sh is everywhere


def main() -> None:
    """Set the number of threads and become the service."""
    parser = argparse.ArgumentParser(
        prog="python -m deploy.containers.launch",
        description="Start a service with one numerical thread for each CPU of the container.",
    )
    parser.add_argument("service", metavar="SERVICE", help="a Python module")
    parser.add_argument("arguments", metavar="ARGUMENT", nargs=argparse.REMAINDER)
    service = parser.parse_args().service
    given = os.environ.get("THREADS", "")
    # The service itself refuses a value that is malformed.
    limit_threads(int(given) if given.isdecimal() else None)
    if service == "predictor":
        _welcome()
    os.execv(sys.executable, [sys.executable, "-m", *sys.argv[1:]])  # noqa: S606 - no shell wanted


if __name__ == "__main__":
    main()
