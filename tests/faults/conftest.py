"""Fixtures of the fault suite: tools of the machine, and the record of a run."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.faults.support import loop_disk
from tests.faults.support.figures import summary
from tests.faults.support.http_services import KINDS, Service, service
from tests.faults.support.record import Record

WRITTEN: pytest.StashKey[dict[str, Any]] = pytest.StashKey()


@pytest.fixture(scope="session")
def record(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Record]:
    """Count the attempts of each test. Write them at the end to the file MODELGATE_RECORD."""
    found = Record()
    yield found
    if name := os.environ.get("MODELGATE_RECORD"):
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        failed = request.session.testsfailed
        document = found.document(tmp_path_factory.getbasetemp(), failed)
        path.write_text(json.dumps(document, indent=2) + "\n")
        request.config.stash[WRITTEN] = document


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the record's summary, if a record was written."""
    if (document := config.stash.get(WRITTEN, None)) is not None:
        terminalreporter.section("what was tried")
        terminalreporter.write_line(summary([document]))


@pytest.fixture(scope="session")
def http_services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Service]]:
    """Start each HTTP service once, for tests whose clients must not harm it."""
    top = tmp_path_factory.mktemp("http")
    with ExitStack() as stack:
        yield {kind: stack.enter_context(service(kind, top / kind)) for kind in KINDS}


@pytest.fixture(scope="session")
def strace() -> None:
    """Require strace."""
    _require(shutil.which("strace") is not None, "strace, of Debian's package of that name")


@pytest.fixture(scope="session")
def loop_devices() -> None:
    """Require loop devices, on which a file is mounted as a disk."""
    _require(loop_disk.is_possible(), "root, loop devices and Debian's package e2fsprogs")


@pytest.fixture
def small_volume(tmp_path: Path) -> Iterator[Path]:
    """Mount a file system of 64 MiB."""
    _require(os.getuid() == 0, "root")
    volume = tmp_path / "volume"
    volume.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", volume], check=True)
    yield volume
    subprocess.run(["umount", volume], check=True)


def _require(is_there: bool, what: str) -> None:
    if not is_there:
        assert "CI" not in os.environ, f"CI needs {what}"
        pytest.skip(f"needs {what}")
