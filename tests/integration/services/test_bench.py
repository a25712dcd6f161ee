"""The benchmark prints every target, loses no request and leaves no process behind."""

import json
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from bench.report.targets import TARGETS
from tests.support.processes.wait_until import PATIENCE_SECONDS, wait_for
from tests.support.project import ROOT

pytestmark = [pytest.mark.thorough, pytest.mark.usefixtures("wrk")]
COMMAND = [sys.executable, "-m", "bench", "--smoke"]


def test_every_target_is_printed_and_no_request_fails(tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "--output", tmp_path], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rows = {line.split("|")[1].strip(): line for line in done.stdout.splitlines() if "|" in line}
    assert {target.title for target in TARGETS} <= set(rows)

    content = json.loads((tmp_path / "bench.json").read_text())
    assert content["errors"] == {}
    assert content["failed_requests"] == 0
    swaps = content["sections"]["swaps"]["raw"]
    assert swaps["wrong"] == swaps["failures"] == []
    assert swaps["versions_that_answered"] > 1
    assert (tmp_path / "bench.svg").read_text().startswith("<svg")


def test_a_small_fleet_is_measured_with_its_system_calls(tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "--only", "fleet", "--output", tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    stores = json.loads((tmp_path / "fleet.json").read_text())["sections"]["fleet"]["raw"]["stores"]
    assert [(each["workers"], each["decisions"]) for each in stores] == [(2, 10), (16, 20)]
    for each in stores:
        assert each["look_calls"] > each["poll_calls"] > 0
        assert each["opens"] > 10 * each["workers"] * 0.5
    assert stores[1]["look_calls"] > stores[0]["look_calls"], "14 more heartbeats are read"
    assert (tmp_path / "fleet.svg").read_text().startswith("<svg")


def test_an_interrupt_ends_everything_that_was_started(tmp_path: Path) -> None:
    command = [*COMMAND, "--only", "swaps", "--output", str(tmp_path)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as bench:
        parent = psutil.Process(bench.pid)
        wait_for(lambda: runs_a_predictor(parent), "the benchmark to start a predictor")
        started = parent.children(recursive=True)
        bench.send_signal(signal.SIGINT)
        assert bench.wait(PATIENCE_SECONDS) != 0
    gone, alive = psutil.wait_procs(started, timeout=PATIENCE_SECONDS)
    assert gone
    assert alive == []


def runs_a_predictor(parent: psutil.Process) -> bool:
    with suppress(psutil.Error):  # a child may end during the check
        return any("predictor" in child.cmdline() for child in parent.children())
    return False
