"""Checks of a table do not wait for libraries whose import takes longer than reading it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.project import ROOT

SCRIPT = """
import sys
from trainer.{module} import main
print("status", main({arguments}))
print("loaded", *sys.modules)
"""


@pytest.mark.parametrize(
    ("module", "arguments", "target", "status"),
    [
        pytest.param("check_data", ["--only-problems"], "answer", 0, id="a check that passes"),
        pytest.param(
            *("__main__", [], "nowhere", 2),
            id="a training that is refused",
            marks=pytest.mark.thorough,
        ),
    ],
)
def test_estimators_are_not_imported(
    module: str, arguments: list[str], target: str, status: int, tmp_path: Path
) -> None:
    rows = [f"{n / 7},{n % 3 % 2}\n" for n in range(200)]
    (tmp_path / "table.csv").write_text("".join(["width,answer\n", *rows]))
    settings = {
        "TRAINER_DATASET": str(tmp_path / "table.csv"),
        "TRAINER_TARGET": target,
        "STORE_DIR": str(tmp_path / "store"),
    }
    shown = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(module=module, arguments=arguments)],
        cwd=ROOT,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=True,
    )
    *_, said, loaded = shown.stdout.splitlines()
    assert said == f"status {status}", shown
    assert "pyarrow" in loaded.split()
    assert not set(loaded.split()) & {"sklearn", "scipy", "onnxruntime"}
