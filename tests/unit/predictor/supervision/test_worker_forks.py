"""A forked worker has the signal handlers of a new process from its first moment."""

import subprocess
import sys

from tests.support.project import ROOT

_FORK = """
import os, signal, sys
from predictor.supervision.shared_records import SharedRecords
from predictor.supervision.parent_signals import SIGNALS, ParentSignals
from predictor.supervision.worker_forks import WorkerForks

for number in SIGNALS:
    signal.signal(number, lambda *_: None)
os.register_at_fork(after_in_child=lambda: os.kill(os.getpid(), signal.SIGTERM))
worker = WorkerForks(lambda post: 7, SharedRecords(), ParentSignals()).start(())
status = os.waitstatus_to_exitcode(os.waitpid(worker.pid, 0)[1])
print(status, signal.pthread_sigmask(signal.SIG_BLOCK, ()))
"""


def test_a_signal_that_comes_right_after_the_fork_ends_the_worker() -> None:
    found = subprocess.run(
        [sys.executable, "-c", _FORK], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout == "-15 set()\n"
