"""The serving cost is measured in few calls, and released memory counts too."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from gatekeeper.sandbox.serving_cost_meter import (
    ROUND_CALLS,
    ROUNDS,
    ServingCostMeter,
    read_required_opsets,
)
from shared.inference.onnx_reading.onnx_opsets import STANDARD, newest_opset
from shared.inference.servable import AnyRows, Predictions
from tests.support.models.toy import toy_onnx
from tests.support.project import ROOT

READING = """
import mmap, sys
from gatekeeper.sandbox.serving_cost_meter import ServingCostMeter
from tests.unit.gatekeeper.sandbox.test_serving_cost_meter import Counting, ROWS
meter = ServingCostMeter()
with open(sys.argv[1], "rb") as file:
    library = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    library[::4096]
    print(meter.cost(Counting(), ROWS).memory_mib)
"""
ROWS = np.arange(6.0).reshape(3, 2)


class Counting:
    """Notes its rows, and can be slow or greedy."""

    def __init__(self, *, seconds: float = 0.0, mib: int = 0) -> None:
        self.rows: list[list[float]] = []
        self._seconds = seconds
        self._mib = mib

    def predict(self, rows: AnyRows) -> Predictions:
        self.rows += rows.tolist()
        until = time.perf_counter() + self._seconds
        while time.perf_counter() < until:
            pass
        np.ones(self._mib << 17).sum()
        return Predictions(np.zeros(len(rows)), None)


def test_the_model_is_called_with_single_rows_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatekeeper.sandbox.serving_cost_meter.ROUND_SECONDS", 600.0)
    quick = Counting()
    cost = ServingCostMeter().cost(quick, ROWS)
    assert quick.rows[:4] == [*ROWS.tolist(), ROWS[0].tolist()]
    assert cost.calls == len(quick.rows) == ROUNDS * ROUND_CALLS


def test_a_slow_model_is_called_once() -> None:
    slow = Counting(seconds=0.1)
    cost = ServingCostMeter().cost(slow, ROWS)
    assert len(slow.rows) == cost.calls == 1
    assert cost.p95_ms >= 100


def test_only_the_time_of_loading_counts_as_load_time() -> None:
    meter = ServingCostMeter()
    for _ in range(2):
        with meter.loading():
            Counting(seconds=0.05).predict(ROWS)
    assert meter.cost(Counting(), ROWS).load_seconds >= 0.1


def test_memory_that_was_used_for_a_moment_counts() -> None:
    found = ServingCostMeter().cost(Counting(seconds=0.1, mib=300), ROWS).memory_mib
    assert found is not None
    assert found > 290


def test_pages_of_library_files_do_not_count(tmp_path: Path) -> None:
    """A new process, because the peak of this one is not known."""
    (tmp_path / "library").write_bytes(bytes(64 << 20))
    shown = subprocess.run(
        [sys.executable, "-c", READING, str(tmp_path / "library")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(shown.stdout) < 32


def test_the_operators_of_a_model_are_compared_with_those_of_onnxruntime() -> None:
    (opset,) = read_required_opsets(toy_onnx())
    assert (opset.domain, opset.version) == (STANDARD, 17)
    assert opset.newest == newest_opset(STANDARD)
    assert read_required_opsets(b"nonsense") == ()
