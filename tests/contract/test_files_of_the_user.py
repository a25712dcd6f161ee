"""A file of the user in the checkout is not judged by the project's own checks."""

import subprocess
import sys
from pathlib import Path, PurePath

import pytest

from tests.contract.plain_english import prose_files
from tests.support.project import FILES, FOLDERS, ROOT, is_own
from tests.support.sweep import sweep

MINE = {
    # All that the checks refuse on purpose: no docstring, no type, an unused import, and sentences
    # with words of the word list.
    "mine.py": 'import os\ndef f(x): return "whoever reads it"\nwrong: int = "a"\n',
    "mine/features.py": "def g(x): return x\nwrong: int = 'a'\n",
    "examples/mine.py": "import os\nwrong: int = 'a'\n",
    "data/fetch.py": "import os\nwrong: int = 'a'\n",
    "explore.ipynb": '{"cells": [{"cell_type": "code", "source": ["import os"], "metadata": {},'
    ' "outputs": [], "execution_count": 1}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
    "NOTES.md": "Whoever reads it is told. See [the plan](plan.md).\n",
    "nightly.sh": "# Whatever comes is told else.\n",
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Make a checkout with the user's files, and for each folder of the project an empty module."""
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    modules = [name for name in FILES if name.startswith("examples/") and name.endswith(".py")]
    for name in (*modules, *(f"{folder}/__init__.py" for folder in FOLDERS)):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text('"""A module."""\n')
    for name, text in MINE.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    "command",
    sweep(
        {
            "check": ("ruff", "check", "."),
            "format": ("ruff", "format", "--check", "."),
            "types": ("mypy",),
        },
        "check",
        "format",
    ),
)
def test_style_and_types_of_the_users_files_are_not_checked(
    command: tuple[str, ...], checkout: Path
) -> None:
    run = [sys.executable, "-m", *command]
    done = subprocess.run(run, cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    wrong = checkout / "shared" / "wrong.py"
    wrong.write_text('"""A module."""\n\nx : int = "a"\n' + "import os\n")
    done = subprocess.run(run, cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr


@pytest.mark.parametrize("name", MINE)
def test_the_english_of_the_users_files_is_not_checked(name: str) -> None:
    assert not is_own(PurePath(name))


def test_every_file_that_git_tracks_is_the_projects() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("this is not a clone")
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert [name for name in tracked if not is_own(PurePath(name))] == []
    assert {ROOT / name for name in FILES} <= {ROOT / name for name in tracked}
    python = {ROOT / name for name in tracked if name.endswith(".py")}
    assert python <= set(prose_files([ROOT]))
    shown = subprocess.run(
        [sys.executable, "-m", "ruff", "check", ".", "--show-files"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert python <= set(map(Path, shown))
