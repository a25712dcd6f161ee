"""A forked process whose system calls are listed, or made to fail, or to be its last: by strace.

The process waits until strace holds it, so that the first call that counts is its own. An
injected SIGKILL comes on entry: the call is not made.
"""

import mmap
import os
import pickle
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from shared.errors import ModelgateError
from shared.store.store import ModelStore
from tests.faults.support.oracle import State
from tests.faults.support.scenes import acknowledging
from tests.support.processes.forks import Fork, fork

CHANGING = (
    *("write", "pwrite64", "writev", "fsync", "fdatasync", "fchmod", "chmod", "fchmodat", "link"),
    *("linkat", "symlink", "symlinkat", "unlink", "unlinkat", "rename", "renameat", "renameat2"),
    *("mkdir", "mkdirat", "rmdir", "truncate", "ftruncate", "fallocate", "utimensat", "openat"),
)
OPENING = ("openat",)
_LINE = re.compile(r"(?P<call>\w+)\((?P<arguments>.*)\)\s+= ")
REFUSED = 3
"""Exit status of a process that said what is wrong; 1 is a defect."""


@dataclass(frozen=True)
class Point:
    """One step on the store: the *number*-th system call of its name."""

    call: str
    number: int
    line: str
    before: tuple[tuple[str, int], ...]
    """How often each call was made before it."""
    is_read: bool
    """It opens or lists something and changes nothing."""

    def __str__(self) -> str:
        return f"before {self.call} number {self.number}: {self.line}"

    def killed(self) -> list[str]:
        """The injection by which the process dies instead of making this call."""
        return [f"{self.call}:signal=KILL:when={self.number}"]

    def failing(self, error: str, *, sticky: bool) -> list[str]:
        """The injection of an error into this call; *sticky*: and into all changes from it on."""
        if not sticky:
            return [f"{self.call}:error={error}:when={self.number}"]
        made = dict(self.before)
        return [f"{call}:error={error}:when={made.get(call, 0) + 1}+" for call in STICKY]


STICKY = tuple(call for call in CHANGING if call not in OPENING)
"""A full disk still lets files be opened for reading, which is the same call."""


@dataclass(frozen=True)
class Ending:
    """How a traced process ended, and what it had promised by then."""

    status: int
    promised: tuple[State, ...]


def steps(store: ModelStore, act: Callable[[ModelStore], object], trace: Path) -> list[Point]:
    """Every change that *act* makes to the store, and every look, in order. It is carried out."""
    traced = ",".join((*CHANGING, "getdents64"))
    options = ["-y", "-s", "40", "-e", f"trace={traced}", "-o", str(trace)]
    ending = _traced(store, act, options)
    assert ending.status == 0, "undisturbed, it must be carried out"
    counted: Counter[str] = Counter()
    points = []
    for line in trace.read_text().splitlines():
        if (match := _LINE.match(line)) is None:
            continue
        before = tuple(counted.items())
        counted[match["call"]] += 1
        opens = match["call"] in OPENING and "O_CREAT" not in line and "O_TRUNC" not in line
        if str(store.layout.root) in line:
            shown = line.replace(str(store.layout.root), "")[:160]
            is_read = opens or match["call"] == "getdents64"
            points.append(Point(match["call"], counted[match["call"]], shown, before, is_read))
    return points


def disturbed(
    store: ModelStore, act: Callable[[ModelStore], object], injections: Sequence[str]
) -> Ending:
    """Carry out *act* with *injections* of strace."""
    options = [part for injection in injections for part in ("-e", f"inject={injection}")]
    return _traced(store, act, ["-e", f"trace={','.join(CHANGING)}", "-o", "/dev/null", *options])


@dataclass(frozen=True)
class Sleeper:
    """A process that was stopped in the middle, as a paused container is."""

    process: Fork
    promises: "Promises"
    strace: subprocess.Popen[str]

    def wake(self) -> Ending:
        """Let it go on, to its end."""
        self.process.go_on()
        return _ended(self.process, self.promises, self.strace)


def frozen(store: ModelStore, act: Callable[[ModelStore], object], point: Point) -> Sleeper:
    """Carry out *act* up to *point*, and stop after it."""
    # The call is made, and the process stops when it returns.
    injection = f"inject={point.call}:signal=STOP:when={point.number}"
    started = _start(store, act, ["-o", "/dev/null", "-e", injection])
    started.process.wait_until_stopped()
    return started


def _traced(
    store: ModelStore, act: Callable[[ModelStore], object], options: Sequence[str]
) -> Ending:
    started = _start(store, act, options)
    return _ended(started.process, started.promises, started.strace)


def _start(
    store: ModelStore, act: Callable[[ModelStore], object], options: Sequence[str]
) -> Sleeper:
    held, go = os.pipe()
    promises = Promises()

    def live() -> None:
        os.close(go)
        os.read(held, 1)
        acknowledging(promises.add, store)
        try:
            act(store)
        except (ModelgateError, OSError):
            os._exit(REFUSED)

    process = fork(live)
    os.close(held)
    command = ["strace", "-p", str(process.pid), *options]
    strace = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert strace.stderr is not None
    first = strace.stderr.readline()
    assert "attached" in first, first + strace.stderr.read()
    os.close(go)
    return Sleeper(process, promises, strace)


def _ended(process: Fork, promises: "Promises", strace: subprocess.Popen[str]) -> Ending:
    status = process.wait()
    strace.communicate()
    return Ending(status, promises.read())


class Promises:
    """States that a forked process has promised, in memory that outlives it: no call is made."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, 1 << 16)

    def add(self, state: State) -> None:
        """Promise one more."""
        data = pickle.dumps((*self.read(), state))
        self._shared[8 : 8 + len(data)] = data
        self._shared[:8] = len(data).to_bytes(8)

    def read(self) -> tuple[State, ...]:
        """All that were promised."""
        size = int.from_bytes(self._shared[:8])
        found: tuple[State, ...] = pickle.loads(self._shared[8 : 8 + size]) if size else ()  # noqa: S301 - our own memory
        return found
