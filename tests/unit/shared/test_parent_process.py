"""A service started with --end-with-parent outlives nobody."""

import os
import subprocess
import sys

from tests.support.processes.wait_until import wait_for
from tests.support.project import ROOT

CHILD = """
import signal, sys
from shared.parent_process import exit_with_parent
exit_with_parent()
print("watching", flush=True)
signal.sigwait([signal.SIGINT])
"""
PARENT = f"""
import subprocess, sys
subprocess.Popen([sys.executable, "-c", {CHILD!r}]).wait()
"""


def test_a_process_ends_when_its_parent_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], cwd=ROOT, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"watching\n"
        parent.kill()
        # The child holds the other end of the pipe: it ends when the child has ended.
        assert parent.stdout.read() == b""


def test_a_process_ends_whose_parent_died_before_it_could_ask() -> None:
    """A manager that is killed while it starts a service leaves it with another parent."""
    code = CHILD.replace("exit_with_parent()\n", "exit_with_parent(int(sys.argv[1]))\n")
    with subprocess.Popen(["true"]) as gone:
        pass
    child = subprocess.run(
        [sys.executable, "-c", code, str(gone.pid)], cwd=ROOT, capture_output=True, check=False
    )
    assert child.returncode == -15


def test_a_process_lives_while_its_parent_does() -> None:
    with subprocess.Popen([sys.executable, "-c", CHILD], cwd=ROOT, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"watching\n"
        assert child.poll() is None
        os.kill(child.pid, 15)
        wait_for(lambda: child.poll() is not None, "the child to end")
        assert child.returncode == -15
