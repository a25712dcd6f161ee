"""Measure what a gatekeeper spends on its start, its polls, `make status` and decisions."""

import json
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil

from bench.fleet.candidate_copies import CandidateCopies
from bench.fleet.system_calls import count_polls, traced
from bench.harness.processes import run
from bench.harness.servers import Server
from shared.contract.documents import Decision
from shared.store.store import ModelStore

_IDLE_POLLS = 8
_PATIENCE_SECONDS = 600.0


@dataclass(frozen=True)
class Spent:
    """The time of one action, and the gatekeeper's processor time for it, in ms."""

    wall_ms: float
    processor_ms: float


class GatekeeperCosts:
    """The measurements on one running gatekeeper."""

    def __init__(self, store: ModelStore, server: Server, candidate_id: str) -> None:
        self._store = store
        self._server = server
        self._copies = CandidateCopies(store, candidate_id)
        self._next = store.decision_log().next_number

    def idle(self, seconds: float) -> float:
        """Return the processor time in ms for each second without a candidate."""
        started, before = time.perf_counter(), self._processor_seconds()
        time.sleep(seconds)
        spent = self._processor_seconds() - before
        return spent / (time.perf_counter() - started) * 1000

    def status(self) -> Spent:
        """Run the command of `make status`."""
        command = [sys.executable, "-m", "gatekeeper.client", "--url", self._server.url, "status"]
        return self._spend(lambda: run(command))

    def roll_back(self, version: int) -> Spent:
        """Roll back to *version* by the API, until training.log has it."""
        return self._spend(lambda: self._follow(self._post_rollback, version))

    def decide(self) -> tuple[Spent, Decision]:
        """Publish a candidate, and wait until training.log has its decision."""
        number = self._next
        spent = self._spend(lambda: self._follow(self._copies.publish))
        path = self._store.layout.decision(number)
        return spent, Decision.decode(path.read_bytes(), path)

    def count_poll_calls(self, file: Path) -> tuple[int, int]:
        """Return the system calls of a poll, and of a poll that reads the heartbeats."""
        with traced(self._server.child.pid, file) as trace:
            self._wait_for_polls(file, _IDLE_POLLS)
        looks = trace.calls_of_polls(self._store.layout.serving.name)
        # The cheapest one: another may also look at drift.
        return round(median(trace.calls_of_polls())), min(looks)

    def count_status_calls(self, file: Path) -> int:
        """Return the gatekeeper's system calls for `make status`."""
        with traced(self._server.child.pid, file) as trace:
            self.status()
            self._wait_for_polls(file, 1)
        thread = trace.thread_that_polls()
        return sum(each != thread for each, _ in trace.calls)

    def count_decision_calls(self, file: Path) -> int:
        """Return the system calls of the thread that decides, from publication to training.log."""
        with traced(self._server.child.pid, file) as trace:
            self.decide()
        thread = trace.thread_that_polls()
        return sum(each == thread for each, _ in trace.calls)

    def _wait_for_polls(self, trace: Path, count: int) -> None:
        """Wait until *trace* has this many polls after those that it has now."""
        before = count_polls(trace)
        self._server.child.wait_for(
            lambda: count_polls(trace) > before + count, "polls to be counted", _PATIENCE_SECONDS
        )

    def _follow(self, action: Callable[..., object], *arguments: object) -> None:
        """Do what leads to a decision; wait until the decision and its line are written."""
        log = self._store.layout.training_log
        action(*arguments)
        decision = self._store.layout.decision(self._next)
        self._server.child.wait_for(decision.exists, f"decision {self._next}")
        needle = f'"number":{self._next},'.encode()
        self._server.child.wait_for(
            lambda: needle in _tail(log).replace(b" ", b""), f"the line of decision {self._next}"
        )
        self._next += 1

    def _post_rollback(self, version: int) -> None:
        token = self._store.layout.token.read_text().strip()
        request = urllib.request.Request(  # noqa: S310 - http on loopback
            f"{self._server.url}/registry/rollback",
            json.dumps({"version": version}).encode(),
            {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 - as above
            response.read()

    def _spend(self, action: Callable[[], object]) -> Spent:
        started, before = time.perf_counter(), self._processor_seconds()
        action()
        seconds = time.perf_counter() - started
        spent = self._processor_seconds() - before
        return Spent(seconds * 1000, spent * 1000)

    def _processor_seconds(self) -> float:
        return processor_seconds(self._server.child.pid)


def processor_seconds(pid: int) -> float:
    """Return the processor time of a process and all its children, also those that ended."""
    parent = psutil.Process(pid)
    return float(
        sum(sum(each.cpu_times()[:4]) for each in [parent, *parent.children(recursive=True)])
    )


def _tail(path: Path, size: int = 64 << 10) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - size))
        return file.read()
