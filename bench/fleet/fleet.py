"""Run a fleet of simulated workers, in several processes, and read what they report."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.harness.processes import Child, running
from shared.store.store import ModelStore

_PER_PROCESS = 250
_START_SECONDS = 600.0


class Fleet:
    """Running workers of one store."""

    def __init__(self, children: list[Child], count: int) -> None:
        self._children = children
        self.count = count

    def wait_until_serving(self, version: int) -> list[float]:
        """Wait until every worker reports *version*; return the Unix times of the reports."""

        def found() -> list[float]:
            times = self._reports(version)
            return times if len(times) == self.count else []

        return self._children[0].wait_for(found, f"all workers to report version {version}")

    def operations_per_second(self, seconds: float) -> dict[str, float]:
        """Count the operations of all workers on the volume for *seconds*."""
        before = [self.operations(child) for child in self._children]
        time.sleep(seconds)
        after = [self.operations(child) for child in self._children]
        totals = dict[str, float]()
        for old, new in zip(before, after, strict=True):
            passed = new["at"] - old["at"]
            for name in new.keys() - {"at"}:
                totals[name] = totals.get(name, 0.0) + (new[name] - old.get(name, 0.0)) / passed
        return totals

    def _reports(self, version: int) -> list[float]:
        return [
            line[1]
            for child in self._children
            for line in _lines(child)
            if isinstance(line, list) and line[0] == version
        ]

    def operations(self, child: Child) -> dict[str, float]:
        """Return the operations of one process since its start; wait for its first report."""

        def newest() -> dict[str, float] | None:
            return next((each for each in reversed(_lines(child)) if isinstance(each, dict)), None)

        return child.wait_for(newest, "the workers to start", _START_SECONDS)


@contextmanager
def running_fleet(store: ModelStore, count: int, logs: Path) -> Iterator[Fleet]:
    """Run *count* workers on *store* during the block; wait until all of them report."""
    with ExitStack() as stack:
        children = []
        for number, first in enumerate(range(0, count, _PER_PROCESS)):
            size = min(_PER_PROCESS, count - first)
            command: list[str | Path] = [
                sys.executable,
                "-m",
                "bench.fleet.workers",
                store.layout.root,
                str(size),
            ]
            log = logs.with_name(f"{logs.name}-{number}")
            children.append(stack.enter_context(running(command, log)))
        fleet = Fleet(children, count)
        for child in children:
            fleet.operations(child)
        yield fleet


def _lines(child: Child) -> list[object]:
    """Return the JSON lines of its output, without an unfinished one; logs are left out."""
    whole = child.output().rpartition("\n")[0].splitlines()
    return [json.loads(line) for line in whole if line.startswith(("[", "{"))]
