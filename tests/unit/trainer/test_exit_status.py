"""A command ends with its own status, while threads of libraries still run."""

import subprocess
import sys

import pytest

from tests.support.project import ROOT

ABORTS_AT_ITS_DELETION = """
import atexit, os, sys
from trainer.exit_status import end_process

class Held:
    def __del__(self, abort=os.abort):
        abort()

sys.held = Held()
atexit.register(print, "registered")
sys.stdout.write("a line without its end, ")
"""


def run(end: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", ABORTS_AT_ITS_DELETION + end],
        cwd=ROOT, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("status", [0, 2])
def test_the_interpreter_deletes_nothing_at_the_end_of_a_command(status: int) -> None:
    ended = run(f"end_process({status})")
    assert (ended.returncode, ended.stderr) == (status, "")
    assert ended.stdout == "a line without its end, registered\n"


def test_a_usual_end_would_abort() -> None:
    assert run("sys.exit(2)").returncode < 0


def test_output_that_cannot_be_written_is_a_failure() -> None:
    assert run("sys.stdout = open('/dev/full', 'w'); end_process(0)").returncode == 1
