"""`make audit` says what is known, and never that all is well where nobody was asked."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.project import ROOT

SOUND = {"name": "sound", "version": "1.0", "vulns": []}
BROKEN = {
    "name": "broken",
    "version": "2.0",
    "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["2.1"]}],
}
UNKNOWN = {"name": "unknown", "skip_reason": "Dependency not found on PyPI: unknown (3.0)"}

ANSWERS: dict[str, tuple[str, int, str]] = {
    "nothing is wrong": (json.dumps({"dependencies": [SOUND]}), 0, "1 locked packages were asked"),
    "one is broken": (json.dumps({"dependencies": [SOUND, BROKEN]}), 1, "has PYSEC-2026-1; mended"),
    "nobody knows one": (json.dumps({"dependencies": [SOUND, UNKNOWN]}), 3, "Not everything was"),
    "nobody knows any": (json.dumps({"dependencies": [UNKNOWN]}), 3, "error: Nothing was audited"),
    "one is broken, one unknown": (json.dumps({"dependencies": [BROKEN, UNKNOWN]}), 1, "Not every"),
    "no answer": ("Traceback", 3, "error: Nothing was audited"),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_the_status_tells_what_is_known(tmp_path: Path, kind: str) -> None:
    answer, status, said = ANSWERS[kind]
    (tmp_path / "pip_audit.py").write_text(f"print({answer!r})")
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "one.txt").touch()
    paths = os.pathsep.join([str(tmp_path), str(ROOT)])
    ended = subprocess.run(
        [sys.executable, "-m", "supply.audit"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == status, ended.stderr
    assert said in ended.stdout + ended.stderr
