"""A checkout by Git for Windows, which is then used under WSL, has scripts that run."""

import shutil
import subprocess
from pathlib import Path

from tests.support.project import ROOT

SCRIPTS = ("modelgate", "Makefile", "deploy/local/stack.sh", "deploy/local/compose_up.sh")


def git(folder: Path, *words: str) -> None:
    """Run git as a person whose Git for Windows converts line ends."""
    own = ("-c", "core.autocrlf=true", "-c", "user.name=a", "-c", "user.email=a@b")
    subprocess.run(["git", *own, *words], cwd=folder, check=True, capture_output=True)


def test_scripts_keep_their_line_ends_where_git_converts_them(tmp_path: Path) -> None:
    for name in (".gitattributes", *SCRIPTS):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    store = tmp_path / "tests" / "stores" / "v1" / "training.log"
    store.parent.mkdir(parents=True)
    store.write_bytes(b"one\r\ntwo\n")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "All")
    for name in SCRIPTS:
        (tmp_path / name).unlink()
    store.unlink()

    git(tmp_path, "checkout", "--", ".")

    assert [name for name in SCRIPTS if b"\r" in (tmp_path / name).read_bytes()] == []
    assert store.read_bytes() == b"one\r\ntwo\n"
    helped = subprocess.run(
        ["./modelgate", "help"], cwd=tmp_path, check=False, capture_output=True, text=True
    )
    assert helped.returncode == 0, helped.stderr
    assert "start all services" in helped.stdout
