"""The text of others reaches no terminal as an escape sequence, and forges no line.

Every command that shows documents of the store is run on a store whose names, keys and errors
contain such text. A terminal obeys some of these characters and hides others.
"""

import io
import json
import logging
import unicodedata
from pathlib import Path

import pytest

from gatekeeper import client
from gatekeeper.client_output import SHOW
from shared.contract.layout import MANIFEST
from shared.logs import JsonFormatter, TextFormatter
from shared.maintenance import backup, fsck
from shared.store.store import ModelStore
from shared.text import make_printable
from tests.support.hostile_values import ESCAPES
from tests.support.models.toy import toy_model
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import ToyCandidate, promote, toy_candidate
from tests.support.stores.fake_services import worker
from tests.support.stores.gatekeeper_thread import gatekeeper_thread
from tests.support.stores.gatekeeping import gatekeeper_of
from trainer.console import Console
from trainer.publishing.console_report import describe_decision, describe_worker

FORGED = f"a{ESCAPES}\nerror: all is lost"
C1 = "a\x9b31m\x85b\u2028c\u202ed\u200be"
"""A name that the manifest's schema allows."""


def require_safe(text: str) -> None:
    """Assert that *text* has only printable characters and line ends, and no forged line."""
    unsafe = {each for each in text if each != "\n" and not each.isprintable()}
    assert not {each for each in unsafe if unicodedata.category(each) != "Zs"}
    assert "\nerror: all is lost" not in text
    assert text


def hostile_candidate() -> ToyCandidate:
    return toy_candidate(model_name=C1, claimed=0.5)


@pytest.fixture
def hostile(store: ModelStore) -> ModelStore:
    """Fill a store with hostile names, keys and errors."""
    promote(store, toy_model(), model_name=C1)
    refused = hostile_candidate().publish(store)
    broken = toy_candidate().publish(store)
    file = store.layout.candidate(broken) / MANIFEST
    claims = json.loads(file.read_bytes())
    file.write_text(json.dumps(claims | {"holdout_metrics": {FORGED: "no number"}}))
    gatekeeper_of(store).poll()
    assert store.decision_log().is_decided(refused)
    store.heartbeats.write(worker("w", 1, last_error=FORGED))
    (store.layout.serving / f"{FORGED.replace('/', '')}.json").write_text("{}")
    (store.layout.candidate(refused) / C1).touch()
    return store


def test_the_commands_of_the_gatekeeper(
    hostile: ModelStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = hostile.candidates.ids()
    commands = [["registry"], ["versions"], ["history"], ["decision", "2"], ["decision", "3"]]
    commands += [["candidates"], ["status"], *(["candidate", each] for each in ids)]
    tried = {command[0] for command in commands} | {"rollback", "approve", "reject"}
    assert tried == set(SHOW), "every command that shows something"
    with gatekeeper_thread(hostile.layout.root) as running:
        for command in commands:
            for form in ([], ["--json"]):
                assert client.main(["--url", running.url, *form, *command]) == 0
                require_safe(capsys.readouterr().out)
        assert client.main(["--url", running.url, "candidate", C1]) == 1
        require_safe(capsys.readouterr().err)


def test_the_checks_of_the_store_and_backups(
    hostile: ModelStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("STORE_DIR", str(hostile.layout.root))
    for main, arguments in ((fsck.main, []), (backup.main, [str(tmp_path / "new.tar.gz")])):
        monkeypatch.setattr("sys.argv", ["command", *arguments])
        main()
        found = capsys.readouterr()
        require_safe(found.out + found.err)
    monkeypatch.setenv("STORE_DIR", str(tmp_path / f"missing{C1}"))
    monkeypatch.setattr("sys.argv", ["command"])
    assert fsck.main() == 1
    require_safe(capsys.readouterr().err)


def test_training_log_and_the_logs_of_services(
    hostile: ModelStore, caplog: pytest.LogCaptureFixture
) -> None:
    with gatekeeper_thread(hostile.layout.root):
        wait_for(hostile.layout.training_log.exists, "training.log")
        wait_for(lambda: "Heartbeat left out" in caplog.text, "the log")
    require_safe(hostile.layout.training_log.read_text())
    records = [*caplog.records, logging.makeLogRecord({"msg": FORGED, "worker": FORGED})]
    try:
        raise ValueError(C1)
    except ValueError as error:
        shown = (ValueError, error, error.__traceback__)
        records.append(logging.makeLogRecord({"msg": "x", "exc_info": shown}))
    for formatter in (TextFormatter(), JsonFormatter()):
        for record in records:
            require_safe(formatter.format(record))
            if not record.exc_info:
                assert "\n" not in formatter.format(record), "one line for each message"


def test_the_trainer_shows_decisions_and_workers(hostile: ModelStore) -> None:
    stream = io.StringIO()
    console = Console(stream)
    for entry in hostile.decision_log().entries:
        console.lines(describe_decision(entry.decision))
    console.lines(describe_worker(beat, 2) for beat in hostile.heartbeats.all())
    console.line(f"two\nlines of {ESCAPES}")
    require_safe(stream.getvalue())
    assert "two\nlines of" in stream.getvalue()


def test_what_is_printable_stays() -> None:
    found = {"Größe": ["価格", "a\u00a0b", 1, None, True]}
    assert make_printable(found) == found
