"""A service started with --end-with-parent goes when its parent goes, even by kill -9."""

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
CHILD = """
import signal, sys, threading
from shared.parent import end_with_parent
signal.signal(signal.SIGTERM, lambda *_: print("asked to stop", flush=True) or sys.exit(0))
end_with_parent()
print("watching", flush=True)
threading.Event().wait()
"""
PARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"


def test_the_child_is_asked_to_stop_when_its_parent_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, CHILD], cwd=ROOT, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"watching\n"
        os.kill(parent.pid, signal.SIGKILL)
        assert parent.stdout.read() == b"asked to stop\n"
