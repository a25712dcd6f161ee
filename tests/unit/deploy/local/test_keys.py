"""`make keys` makes files that services take, keeps them secret, and overwrites nothing."""

import os
import stat
import sys
from pathlib import Path

import pytest

from deploy.local import keys


def test_only_the_owner_can_read_the_private_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["keys"])
    previous = os.umask(0)
    try:
        assert keys.main() == 0
    finally:
        os.umask(previous)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in Path("keys").iterdir()}
    assert modes == {
        "trainer.pem": 0o600,
        "trainer.pub.pem": 0o644,
        "gatekeeper.pem": 0o600,
        "gatekeeper.pub.pem": 0o644,
    }
    assert len({path.read_bytes() for path in Path("keys").iterdir()}) == 4
    assert "make run TRAINER_SIGNING_KEY=keys/trainer.pem" in capsys.readouterr().out


@pytest.mark.parametrize("there", ["trainer.pem", "gatekeeper.pub.pem"])
def test_existing_keys_stay(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    there: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["keys"])
    path = Path("keys") / there
    path.parent.mkdir()
    path.write_bytes(b"precious")
    assert keys.main() == 1
    assert f"error: These keys exist already: {path}." in capsys.readouterr().err
    assert [each.read_bytes() for each in Path("keys").iterdir()] == [b"precious"]
