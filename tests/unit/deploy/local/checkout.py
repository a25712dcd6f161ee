"""A directory with a docker and a Python that only print their arguments."""

import os
import subprocess
from pathlib import Path

from shared.contract.layout import StoreLayout
from tests.support.project import ROOT

SCRIPT = ROOT / "deploy" / "local" / "stack.sh"

DOCKER = """#!/bin/sh
case "$*" in
"compose ps --quiet") [ ! -e "$FAKE_PROJECT" ] || echo 0123456789ab; exit ;;
"compose ps --all --quiet trainer") [ ! -e "$FAKE_ENVIRONMENT" ] || echo ba9876543210; exit ;;
inspect*) cat "$FAKE_ENVIRONMENT"; exit ;;
*"shared.prediction_table.export - --format csv") cat "$FAKE_TABLE"; exit ;;
*shared.maintenance.backup*) cat "$FAKE_BACKUP"; exit ;;
esac
for word in docker "$@"; do echo "$word"; done
"""
PYTHON = """#!/bin/sh
for word in python "$@"; do echo "$word"; done
env | grep -E '^(GATEKEEPER|PREDICTOR|TRAINER|METRIC)' | sort
"""


class Checkout:
    """A directory to call the script in."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.store = StoreLayout(root / ".store")
        self.project = root / "project-is-up"
        self.program(root / "bin" / "docker", DOCKER)
        self.program(root / ".venv" / "bin" / "python", PYTHON)
        self.store.root.mkdir()

    def program(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def call(
        self, *command: str, shell: str = "sh", **variables: str
    ) -> subprocess.CompletedProcess[str]:
        path = f"{self.root / 'bin'}:{os.environ['PATH']}"
        return subprocess.run(
            [shell, SCRIPT, *command],
            cwd=self.root,
            env={
                "PATH": path,
                "FAKE_PROJECT": str(self.project),
                "FAKE_ENVIRONMENT": str(self.root / "environment"),
                "FAKE_BACKUP": str(self.root / "backup"),
                **variables,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def says(self, *command: str, **variables: str) -> list[str]:
        done = self.call(*command, **variables)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()
