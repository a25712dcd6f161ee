"""deploy/server/nightly.sh fetches, trains, backs up, and sends an alert with its exit status."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.project import ROOT

SCRIPT = "deploy/server/nightly.sh"
MODELGATE = """#!/bin/sh
echo "$@" >>calls
case $1 in
retrain) cat "${TRAINER_DATASET:-/dev/null}"; echo "refused: too weak"; exit "$RETRAIN_STATUS" ;;
backup) [ -z "${NO_ROOM:-}" ] || { echo "No space left" >&2; exit 1; }; echo bytes >"$2" ;;
esac
"""


class Server:
    """A checkout with a modelgate that only writes down how it was called."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.alert = root / "alert"
        for name, text in ((SCRIPT, (ROOT / SCRIPT).read_text()), ("modelgate", MODELGATE)):
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            path.chmod(0o755)

    def run(self, status: int = 0, settings: str = "", **variables: str) -> int:
        (self.root / "nightly.env").write_text(f"ALERT='cat >alert'\n{settings}\n")
        self.done = subprocess.run(
            ["sh", self.root / SCRIPT],
            cwd="/",
            env={
                "PATH": os.environ["PATH"],
                "NIGHTLY_ENV": str(self.root / "nightly.env"),
                "RETRAIN_STATUS": str(status),
                **variables,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        return self.done.returncode

    def calls(self) -> list[str]:
        path = self.root / "calls"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


def test_a_promotion_is_backed_up_and_sends_nothing(server: Server) -> None:
    assert server.run(settings="FETCH='echo a,b; echo 1,2'") == 0
    train, backup = server.calls()
    assert train == "retrain --require-promotion"
    assert backup.startswith("backup backups/nightly-")
    assert "a,b\n1,2\n" in server.done.stdout
    assert "Production has the model of this run." in server.done.stdout
    assert (server.root / "data" / "train.csv").stat().st_mode & 0o777 == 0o644
    assert not server.alert.exists()


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (1, "The training failed"),
        (2, "settings or the data are bad"),
        (3, "was not promoted"),
        (4, "not decided in time"),
        (143, "The training failed"),
    ],
)
def test_every_other_end_sends_the_reason_and_keeps_the_status(
    server: Server, status: int, says: str
) -> None:
    assert server.run(status) == status
    text = server.alert.read_text()
    assert says in text
    assert "refused: too weak" in text
    assert len(server.calls()) == 2, "the store is backed up all the same"


@pytest.mark.parametrize("fetch", ["echo half; exit 3", "true", "no-such-command"])
def test_a_fetch_that_fails_or_gives_nothing_changes_nothing(server: Server, fetch: str) -> None:
    assert server.run(settings="FETCH='echo good'") == 0
    assert server.run(settings=f"FETCH='{fetch}'") == 1
    assert len(server.calls()) == 2
    data = server.root / "data"
    assert (data / "train.csv").read_text() == "good\n"
    assert {path.name for path in data.iterdir()} == {"train.csv", ".nightly"}
    assert "Production stays." in server.alert.read_text()


def test_old_backups_of_the_script_are_removed_and_no_others(server: Server) -> None:
    backups = server.root / "backups"
    backups.mkdir()
    for name in ("nightly-old.tar.gz", "nightly-new.tar.gz", "mine.tar.gz"):
        (backups / name).touch()
    for name in ("nightly-old.tar.gz", "mine.tar.gz"):
        os.utime(backups / name, (0, 0))
    assert server.run() == 0
    kept = {path.name for path in backups.iterdir()}
    assert {"nightly-new.tar.gz", "mine.tar.gz"} < kept
    assert "nightly-old.tar.gz" not in kept


def test_a_backup_that_fails_sends_an_alert(server: Server) -> None:
    assert server.run(NO_ROOM="yes") == 1
    assert "could not be backed up" in server.alert.read_text()
    assert "No space left" in server.alert.read_text()


def test_two_runs_do_not_train_at_once(server: Server) -> None:
    again = f"FETCH='RETRAIN_STATUS=0 sh {SCRIPT} >second; echo a'"
    assert server.run(settings=again) == 0
    assert "has not ended" in (server.root / "second").read_text()
    assert len(server.calls()) == 2


def test_an_alert_that_cannot_be_sent_is_an_error_in_the_log(server: Server) -> None:
    assert server.run(3, settings="ALERT='exit 7'") == 3
    assert "error: The alert could not be sent: exit 7" in server.done.stderr
