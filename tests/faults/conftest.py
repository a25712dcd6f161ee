"""What the fault suite needs of the machine, and the record of what it did."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults import loop_disk
from tests.faults.http_services import KINDS, Service, service
from tests.faults.record import Record


@pytest.fixture(scope="session")
def record(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Record]:
    """Where a test says how often it has tried; written at the end where MODELGATE_RECORD says."""
    found = Record()
    yield found
    if path := os.environ.get("MODELGATE_RECORD"):
        found.write(Path(path), tmp_path_factory.getbasetemp(), request.session.testsfailed)


@pytest.fixture(scope="session")
def http_services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Service]]:
    """Each HTTP service, for clients that must not harm it."""
    top = tmp_path_factory.mktemp("http")
    with ExitStack() as stack:
        yield {kind: stack.enter_context(service(kind, top / kind)) for kind in KINDS}


@pytest.fixture(scope="session")
def strace() -> None:
    """Strace is installed."""
    _require(shutil.which("strace") is not None, "strace, of Debian's package of that name")


@pytest.fixture(scope="session")
def loop_devices() -> None:
    """A file can be mounted as a disk."""
    _require(loop_disk.is_possible(), "root, loop devices and Debian's package e2fsprogs")


def _require(is_there: bool, what: str) -> None:
    if not is_there:
        assert "CI" not in os.environ, f"CI needs {what}"
        pytest.skip(f"needs {what}")
