"""Fixtures for the scripts of a local stack."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.deploy.local.checkout import Checkout


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


@pytest.fixture
def live_run(checkout: Checkout) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process that looks like a local run with its own port."""
    command = [sys.executable, "-c", "input()", "-m", "deploy.local.run"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as running:
        checkout.store.run_file.write_text(f"{running.pid}\nPREDICTOR_PORT=9000\nMETRIC=recall\n")
        yield running
        running.kill()
