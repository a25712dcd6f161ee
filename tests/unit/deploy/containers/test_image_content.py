"""The files that the Dockerfile copies are enough for the programs of each image."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.project import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text()
PROGRAMS = {
    "trainer": ["trainer", "shared.prediction_table.export", "shared.forgetting.forget"],
    "gatekeeper": [
        *("gatekeeper", "gatekeeper.client", "gatekeeper.notify", "shared.maintenance.backup"),
        *("deploy.containers.volume_owners", "deploy.containers.restore"),
        "deploy.containers.notifier_probe",
    ],
    "predictor": ["predictor", "predictor.client", "deploy.containers.welcome"],
}
HELP = """
import contextlib, runpy, sys
programs, sys.argv[1:] = sys.argv[1:], ["--help"]
for program in programs:
    with contextlib.suppress(SystemExit):
        runpy.run_module(program, run_name="__main__", alter_sys=True)
"""
"""Print the help of each program, in one process: they import the same libraries."""
IN_EACH = ["deploy.containers.launch", "deploy.containers.health_probe"]


def image(service: str, root: Path) -> None:
    """Copy what the stage `code` and the stage of the service copy."""
    code, files = root / "code", root / "image"
    for sources, target in re.findall(
        r"^COPY ((?:\w[\w/.]+ )+)([\w/]+)$", DOCKERFILE, re.MULTILINE
    ):
        for source in sources.split():
            path = ROOT / source
            if path.is_dir():
                shutil.copytree(path, code / target)
            elif target.endswith("/"):
                (code / target).mkdir(parents=True, exist_ok=True)
                shutil.copy(path, code / target)
    stage = DOCKERFILE.partition(f"FROM service AS {service}\n")[2].partition("\nFROM ")[0]
    for name in re.findall(r"^COPY --from=code /app/(\w+) \1$", stage, re.MULTILINE):
        shutil.copytree(code / name, files / name)


@pytest.mark.parametrize("service", PROGRAMS)
def test_the_programs_of_an_image_start_with_its_files(service: str, tmp_path: Path) -> None:
    image(service, tmp_path)
    programs = [*PROGRAMS[service], *IN_EACH]
    done = subprocess.run(
        [sys.executable, "-c", HELP, *programs],
        cwd=tmp_path / "image",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.count("usage:")) == (0, len(programs)), done.stderr
