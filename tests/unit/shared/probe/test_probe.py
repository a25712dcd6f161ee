"""The probe does what the services do, with two processes, and leaves nothing behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from shared.errors import ClientError
from shared.probe.operations import Operations
from shared.probe.peer import Peer
from shared.probe.trials import Finding, run_trials
from tests.support.project import ROOT


def probe(store: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "shared.probe", *arguments],
        cwd=ROOT,
        env={**os.environ, "STORE_DIR": str(store)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_local_directory_is_good_for_all_roles(tmp_path: Path) -> None:
    done = probe(tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(f"{tmp_path}: all roles.\n")
    assert "100 races, 100 with one winner" in done.stdout
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("peer", "message"),
    [
        (
            "sh -c 'read -r line; echo hello; read -r line'",
            "The peer failed: sh -c 'read -r line; echo hello; read -r line': it answered 'hello",
        ),
        ("sh -c 'read -r line; exit 1'", "it answered ''; expected a line of JSON"),
        ("no-such-command there", "The peer cannot start: no-such-command there: No such file"),
    ],
)
def test_a_peer_that_does_not_answer_is_named(tmp_path: Path, peer: str, message: str) -> None:
    done = probe(tmp_path, "--peer", peer)
    assert done.returncode == 1
    assert message in done.stderr
    assert os.listdir(tmp_path) == []


def test_a_store_that_is_missing_is_named(tmp_path: Path) -> None:
    done = probe(tmp_path / "missing")
    assert (done.returncode, done.stderr) == (
        1,
        f"error: There is no directory {tmp_path / 'missing'}. Set STORE_DIR to one.\n",
    )


class Here(Peer):
    """A peer in this process, on a file system that the test makes worse."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations

    def begin(self, operation: str, **arguments: object) -> None:
        self._result = getattr(self._operations, operation)(**arguments)

    def end(self) -> object:
        return self._result


def findings(own: Operations, peer: Operations) -> dict[str, Finding]:
    return {each.trial: each for each in run_trials(own, Here(peer))}


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.probe.trials._REPLACED_SECONDS", 0.2)
    monkeypatch.setattr("shared.probe.operations.MAX_SECONDS", 0.5)
    monkeypatch.setattr("shared.probe.trials.MAX_SECONDS", 0.5)
    monkeypatch.setattr("shared.probe.trials.VISIBLE_SECONDS", 0.4)


@pytest.mark.usefixtures("_quick")
def test_a_file_that_is_missing_while_it_is_replaced_is_found(tmp_path: Path) -> None:
    class Copying(Operations):
        def replace(self, name: str, number: int) -> str:
            (tmp_path / name).unlink(missing_ok=True)
            return super().replace(name, number)

    found = findings(Copying(tmp_path), Operations(tmp_path))["replaced file"]
    assert not found.is_good
    assert "missing" in found.found


@pytest.mark.usefixtures("_quick")
def test_names_that_stay_hidden_and_links_that_both_win_are_found(tmp_path: Path) -> None:
    class Late(Operations):
        def begin_polling(self, name: str, *, by_list: bool) -> None:
            super().begin_polling(f"{name}-late", by_list=by_list)

        def link_one(self, who: str, number: int) -> str:
            return "won"

        def count_lines(self) -> int:
            return super().count_lines() - 70

    found = findings(Operations(tmp_path), Late(tmp_path))
    assert [name for name, each in found.items() if not each.is_good] == [
        "exclusive link",
        "missing name",
        "listing",
        "appended lines",
    ]
    assert found["listing"].found.startswith("not seen within")
    assert found["appended lines"].found == "130 of 200 survive"


@pytest.mark.usefixtures("_quick")
def test_a_file_system_without_links_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    found = findings(Operations(tmp_path), Operations(tmp_path))["exclusive link"]
    assert (found.is_good, found.is_missing, found.found) == (False, True, "link fails with EPERM")


def test_a_peer_performs_only_operations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORE_DIR", str(tmp_path))
    peer = Peer(f"{sys.executable} -m shared.probe --answer", "../../etc")
    try:
        peer.call("make_folder", name="inside")
        with pytest.raises(ClientError, match="AttributeError: _read"):
            peer.call("_read", name="passwd")
    finally:
        peer.close()
    assert (tmp_path / "etc" / "inside").is_dir()
