"""Count the system calls of a running process with strace."""

import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from bench.harness.errors import BenchError

_LINE = re.compile(r"(\d+) +\w+\(")
_PATIENCE_SECONDS = 10.0


@dataclass
class Trace:
    """The system calls of all threads during a block, in order."""

    calls: list[tuple[int, str]] = field(default_factory=list)
    """Thread and line of each call."""

    def thread_that_polls(self) -> int:
        """Return the thread that reads registry.json most often."""
        found = Counter(thread for thread, line in self.calls if _is_poll(line))
        if not found:
            raise BenchError("The gatekeeper did not poll while its system calls were counted.")
        return found.most_common(1)[0][0]

    def calls_of_polls(self, opened: str | None = None) -> list[int]:
        """Return the number of calls of each poll, or of each that opens the directory *opened*.

        A poll reaches from one read of registry.json to the next one.
        """
        thread = self.thread_that_polls()
        lines = [line for each, line in self.calls if each == thread]
        starts = [place for place, line in enumerate(lines) if _is_poll(line)]
        polls = [lines[start:end] for start, end in pairwise(starts)]
        return [len(poll) for poll in polls if opened is None or _opens(poll, opened)]


def is_available() -> bool:
    """Return whether strace is installed."""
    return shutil.which("strace") is not None


def count_polls(file: Path) -> int:
    """Return how often registry.json was read according to a trace that strace still writes."""
    return sum(map(_is_poll, file.read_text(errors="replace").splitlines()))


@contextmanager
def traced(pid: int, file: Path) -> Iterator[Trace]:
    """Record the system calls of *pid*, its threads and children, while the block runs."""
    command = ["strace", "-f", "-q", "-e", "signal=none", "-o", str(file), "-p", str(pid)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as strace:  # noqa: S603 - a fixed command
        _wait_until_attached(pid, strace)
        trace = Trace()
        try:
            yield trace
        finally:
            strace.send_signal(signal.SIGINT)
            strace.wait()
    for line in file.read_text(errors="replace").splitlines():
        if (match := _LINE.match(line)) is not None:
            trace.calls.append((int(match[1]), line))


def _is_poll(line: str) -> bool:
    return "openat(" in line and '"registry.json"' in line


def _opens(poll: list[str], directory: str) -> bool:
    name = re.compile(rf'[/"]{re.escape(directory)}"')
    return any("openat(" in line and name.search(line) is not None for line in poll)


def _wait_until_attached(pid: int, strace: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while any(_tracer(status) == 0 for status in Path(f"/proc/{pid}/task").glob("*/status")):
        if strace.poll() is not None or time.monotonic() > deadline:
            raise BenchError(
                f"strace cannot trace process {pid}. Run the benchmark as root, "
                "or set kernel.yama.ptrace_scope to 0."
            )
        time.sleep(0.01)


def _tracer(status: Path) -> int:
    try:
        return int(status.read_text().split("TracerPid:")[1].split()[0])
    except FileNotFoundError:  # the thread has just ended
        return -1
