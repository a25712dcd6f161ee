"""Forked processes under strace, which lists their system calls, makes them fail or kills them.

The process waits until strace is attached. An injected SIGKILL comes before the call is made.
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
LINE = re.compile(r"(?P<call>\w+)\((?P<arguments>.*)\)\s+= ")
REFUSED = 3
"""Exit status of a process that reported an error. 1 is a defect."""


@dataclass(frozen=True)
class Point:
    """A step on the store: the *number*-th system call of its name."""

    call: str
    number: int
    line: str
    before: tuple[tuple[str, int], ...]
    """Number of each call before it."""
    is_read: bool
    """Whether it only opens or lists."""

    def __str__(self) -> str:
        return f"before {self.call} number {self.number}: {self.line}"

    def killed(self) -> list[str]:
        """Return the injection that kills the process instead of this call."""
        return [f"{self.call}:signal=KILL:when={self.number}"]

    def failing(self, error: str, *, sticky: bool) -> list[str]:
        """Return the injection of an error into this call, if *sticky* also into later changes."""
        if not sticky:
            return [f"{self.call}:error={error}:when={self.number}"]
        made = dict(self.before)
        return [f"{call}:error={error}:when={made.get(call, 0) + 1}+" for call in STICKY]


STICKY = tuple(call for call in CHANGING if call not in OPENING)
"""Calls that fail on a full disk, without those that also open files for reading."""


@dataclass(frozen=True)
class Ending:
    """The exit of a traced process, and its promises until then."""

    status: int
    promised: tuple[State, ...]


def steps(
    store: ModelStore,
    act: Callable[[ModelStore], object],
    trace: Path,
    below: Path | None = None,
) -> list[Point]:
    """Run *act* and list all its changes and reads of files in the store, or *below*, in order."""
    root = str(below or store.layout.root)
    traced = ",".join((*CHANGING, "getdents64"))
    options = ["-y", "-s", "40", "-e", f"trace={traced}", "-o", str(trace)]
    ending = _traced(store, act, options)
    assert ending.status == 0, "undisturbed, it must be carried out"
    counted: Counter[str] = Counter()
    points = []
    for line in trace.read_text().splitlines():
        if (match := LINE.match(line)) is None:
            continue
        before = tuple(counted.items())
        counted[match["call"]] += 1
        opens = match["call"] in OPENING and "O_CREAT" not in line and "O_TRUNC" not in line
        if root in line:
            shown = line.replace(root, "")[:160]
            is_read = opens or match["call"] == "getdents64"
            points.append(Point(match["call"], counted[match["call"]], shown, before, is_read))
    return points


def disturbed(
    store: ModelStore, act: Callable[[ModelStore], object], injections: Sequence[str]
) -> Ending:
    """Run *act* with *injections* of strace."""
    options = [part for injection in injections for part in ("-e", f"inject={injection}")]
    return _traced(store, act, ["-e", f"trace={','.join(CHANGING)}", "-o", "/dev/null", *options])


@dataclass(frozen=True)
class Sleeper:
    """A process that is stopped, as in a paused container."""

    process: Fork
    promises: "Promises"
    strace: subprocess.Popen[str]

    def wake(self) -> Ending:
        """Continue it to its end."""
        self.process.go_on()
        return _ended(self.process, self.promises, self.strace)


def frozen(store: ModelStore, act: Callable[[ModelStore], object], point: Point) -> Sleeper:
    """Run *act* up to *point* and stop after it."""
    # The process stops when the call returns.
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
    """States that a forked process promises, in shared memory: a promise needs no system call."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, 1 << 16)

    def add(self, state: State) -> None:
        """Add a promise."""
        data = pickle.dumps((*self.read(), state))
        self._shared[8 : 8 + len(data)] = data
        self._shared[:8] = len(data).to_bytes(8)

    def read(self) -> tuple[State, ...]:
        """Return all promises."""
        size = int.from_bytes(self._shared[:8])
        found: tuple[State, ...] = pickle.loads(self._shared[8 : 8 + size]) if size else ()  # noqa: S301 - our own memory
        return found
