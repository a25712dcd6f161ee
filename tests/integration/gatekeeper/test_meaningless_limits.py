"""The gatekeeper and `make run` do not start with a limit that means nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.preflight import check_start
from shared.errors import SettingsError
from tests.support.project import ROOT
from tests.support.sweep import sweep

LIMITS = {
    "a floor in percent": ("accuracy", "GATEKEEPER_FLOOR", "85", "0.85"),
    "a positive floor": ("neg_mean_absolute_error", "GATEKEEPER_FLOOR", "5", "-5"),
    "an improvement in percent": ("f1", "GATEKEEPER_MIN_IMPROVEMENT", "-5", "-0.05"),
    "a confidence in percent": ("r2", "GATEKEEPER_CONFIDENCE", "95", "0.95"),
}


@pytest.mark.parametrize("limit", sweep(LIMITS, "a floor in percent"))
def test_the_start_ends_with_one_sentence(tmp_path: Path, limit: tuple[str, str, str, str]) -> None:
    metric, variable, value, likely = limit
    known = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    settings = {"STORE_DIR": str(tmp_path / "store"), "METRIC": metric, variable: value}
    done = subprocess.run(
        [sys.executable, "-m", "gatekeeper"],
        env={**known, **settings, "GATEKEEPER_PORT": "0"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("The gatekeeper cannot start. ")
    assert line.endswith(f"did you mean {variable}={likely}?")
    assert not (tmp_path / "store").exists()


def test_make_run_checks_the_limits_before_it_starts_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORE_DIR", str(tmp_path / "store"))
    monkeypatch.setenv("METRIC", "r2")
    monkeypatch.setenv("GATEKEEPER_SLICES", "region")
    monkeypatch.setenv("GATEKEEPER_SLICE_DROP", "5")
    with pytest.raises(SettingsError, match=r"did you mean GATEKEEPER_SLICE_DROP=0\.05\?"):
        check_start()
    assert not (tmp_path / "store").exists()
