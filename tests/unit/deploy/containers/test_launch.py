"""A service starts with as many threads as its setting says or its container has CPUs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from shared.container.cpu_limit import count_cpus
from shared.container.threads import THREADS, WORKERS


def launched(service: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.containers.launch", service, "an argument", "--help"],
        env={**os.environ, **variables},
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Write a service that prints its arguments and the limits of its libraries."""
    (tmp_path / "service.py").write_text(
        "import os, sys\n"
        f"print(sys.argv[1:], os.environ['{THREADS}'], os.environ['{WORKERS}'])\n"
        "sys.exit(3)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    for name in (THREADS, WORKERS, "THREADS"):
        monkeypatch.delenv(name, raising=False)
    return "service"


def test_a_service_starts_with_its_arguments_and_its_threads(service: str) -> None:
    cpus = count_cpus()
    started = launched(service)
    assert (started.returncode, started.stdout) == (
        3,
        f"['an argument', '--help'] {cpus} {cpus}\n",
    ), started


@pytest.mark.parametrize(
    ("given", "limits"),
    [
        ({"THREADS": "7"}, "7 7"),
        ({"THREADS": "7", THREADS: "3"}, "3 7"),
        ({"THREADS": ""}, f"{count_cpus()} {count_cpus()}"),
        ({"THREADS": "many"}, f"{count_cpus()} {count_cpus()}"),
    ],
)
def test_the_setting_counts_more_than_the_cpus_and_less_than_a_variable_of_a_library(
    service: str, given: dict[str, str], limits: str
) -> None:
    assert launched(service, **given).stdout == f"['an argument', '--help'] {limits}\n"
