"""Gatekeepers are killed while they receive labels: no acknowledged label is lost.

Two processes at a time receive labels in several threads each. The test kills them after a number
of acknowledgements that it draws, in the middle of the next requests.
"""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

from gatekeeper.feedback.feedback import Feedback
from gatekeeper.feedback.received_label import ReceivedLabel
from shared.contract.layout import StoreLayout
from shared.maintenance.store_checker import check_store
from shared.prediction_log.label import decode_label
from shared.prediction_log.newest_labels import read_newest_labels
from shared.prediction_log.segments import list_feedback_segments, read_lines
from shared.store.store import ModelStore
from tests.faults.support.effort import dice, figure
from tests.faults.support.record import Record
from tests.support.processes.forks import Fork, fork

KILLS = figure(quick=16, full=300)
THREADS = 3
LABELS_OF_REQUEST = 5
_LINE = 32
"""Bytes of each acknowledgement. A pipe takes them whole."""


def receive_for_ever(layout: StoreLayout, life: int, acknowledged: int) -> None:
    """Receive labels in some threads, and write the number of each acknowledged request."""
    feedback = Feedback(layout)

    def receive(thread: int) -> None:
        for number in range(1_000_000):
            name = f"{life}-{thread}-{number}"
            labels = [ReceivedLabel(f"{name}-{n}", number) for n in range(LABELS_OF_REQUEST)]
            feedback.receive([*labels, ReceivedLabel(f"{life}-{thread}", number)])
            os.write(acknowledged, f"{name}".ljust(_LINE - 1).encode() + b"\n")

    threads = [threading.Thread(target=receive, args=(n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def start(layout: StoreLayout, life: int) -> tuple[Fork, int]:
    """Start a process; return it and the end of the pipe with its acknowledgements."""
    reading, writing = os.pipe()
    process = fork(lambda: receive_for_ever(layout, life, writing))
    os.close(writing)
    return process, reading


def read_acknowledged(reading: int) -> Iterator[str]:
    while line := os.read(reading, _LINE):
        yield line.decode().strip()


def test_killed_gatekeepers_lose_no_acknowledged_label(store: ModelStore, record: Record) -> None:
    draw, layout = dice(), store.layout
    acknowledged = list[str]()
    for kill in range(0, KILLS, 2):
        processes = [start(layout, life) for life in (kill, kill + 1)]
        for process, reading in processes:
            lines = read_acknowledged(reading)
            acknowledged += [next(lines) for _ in range(draw.randrange(1, 40))]
            os.kill(process.pid, signal.SIGKILL)
            assert process.wait() == -signal.SIGKILL
            acknowledged += lines  # until its death
            os.close(reading)
    assert lost(layout, acknowledged) == set()
    record.add("killed feedback", "kills", KILLS)
    record.add("killed feedback", "acknowledged labels", len(acknowledged) * LABELS_OF_REQUEST)
    found = [issue.message for issue in check_store(store) if issue.kind == "error"]
    assert found == []
    assert [path for path in list_feedback_segments(layout) if has_torn_line(path)] == []


def lost(layout: StoreLayout, acknowledged: list[str]) -> set[str]:
    """Return the acknowledged requests whose labels are missing or older than acknowledged."""
    labels = read_newest_labels(layout)
    missing = set()
    for name in acknowledged:
        of_thread, _, number = name.rpartition("-")
        own = [labels.get(f"{name}-{n}") for n in range(LABELS_OF_REQUEST)]
        last = labels.get(of_thread)
        is_last = isinstance(last, int) and last >= int(number)
        if own != [int(number)] * LABELS_OF_REQUEST or not is_last:
            missing.add(name)
    return missing


def has_torn_line(path: Path) -> bool:
    """Return whether a reader finds a line that is not a label."""
    return any(decode_label(line) is None for line in read_lines(path).lines)
