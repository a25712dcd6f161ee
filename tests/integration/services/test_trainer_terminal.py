"""`python -m trainer` on a terminal: what is on the screen while it runs, and after Ctrl-C."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shared.store.store import ModelStore
from tests.support.processes.wait_until import PATIENCE_SECONDS
from tests.support.project import ROOT
from tests.support.tables.tables import blobs_csv

COLUMNS = 40
TABLE = """
from sklearn.linear_model import LogisticRegression
CANDIDATES = {"linear": LogisticRegression()}
"""


class Screen:
    """The other end of a terminal with COLUMNS columns."""

    def __init__(self) -> None:
        self.end, self.terminal = pty.openpty()
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
        self.text = ""

    def read_until(self, expected: str) -> None:
        """Read until *expected* was written. Fail if nothing comes for long."""
        while expected not in self.text:
            ready, _, _ = select.select([self.end], [], [], PATIENCE_SECONDS)
            assert ready, self.text
            self.text += os.read(self.end, 4096).decode()

    def press_ctrl_c(self) -> None:
        os.write(self.end, b"\x03")

    def lines(self) -> list[str]:
        """Return the lines that are visible."""
        return [line.split("\r\x1b[K")[-1] for line in self.text.split("\r\n")]


@contextmanager
def trainer_on(screen: Screen, **variables: object) -> Iterator[subprocess.Popen[bytes]]:
    # A process gets the signal of Ctrl-C from the terminal that controls it.
    start = (
        "import fcntl, os, sys, termios;"
        "os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
        "os.execv(sys.executable, [sys.executable, '-m', 'trainer'])"
    )
    own = {"TERM": "xterm", "PYTHONPATH": str(ROOT)}
    environment = {k: v for k, v in os.environ.items() if k != "COLUMNS"} | own
    process = subprocess.Popen(
        [sys.executable, "-c", start],
        cwd=ROOT,
        env=environment | {name: str(value) for name, value in variables.items()},
        stdin=screen.terminal,
        stdout=screen.terminal,
        stderr=screen.terminal,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.thorough
def test_ctrl_c_leaves_a_clean_line(store: ModelStore, tmp_path: Path) -> None:
    (tmp_path / "table.py").write_text(TABLE)
    blobs_csv(tmp_path / "blobs.csv")
    screen = Screen()
    with trainer_on(
        screen,
        STORE_DIR=store.layout.root,
        TRAINER_DATASET=tmp_path / "blobs.csv",
        TRAINER_TARGET="size",
        TRAINER_CANDIDATES="table:CANDIDATES",
        PYTHONPATH=f"{tmp_path}:{ROOT}",
    ) as process:
        screen.read_until("Waiting for the gatekeeper ... 2 s")
        screen.press_ctrl_c()
        assert process.wait(PATIENCE_SECONDS) == 130
        screen.read_until("Stopped by SIGINT.")
    for text in ("Loading the data ... ", "Training estimators 0/1, linear ... "):
        assert text in screen.text
    assert "Stopped by SIGINT." in screen.lines()
    passing = re.findall(r"\r\x1b\[K([^\r\n]+)", screen.text)
    assert max(map(len, (line for line in passing if " ... " in line))) < COLUMNS
