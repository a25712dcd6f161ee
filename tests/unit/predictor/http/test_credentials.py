"""A worker that starts with a broken file of keys waits until it is repaired."""

import logging
import threading
from pathlib import Path

import pytest

from predictor.http.api_keys import make_key
from predictor.http.credentials import Credentials
from tests.support.processes.wait_until import wait_for


def test_a_worker_waits_for_the_repair_and_says_so_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("predictor.http.credentials._RETRY_SECONDS", 0.01)
    file, good = tmp_path / "keys", tmp_path / "good"
    for path, text in ((file, "half a li"), (good, f"{make_key('shop')[1]}\n")):
        path.touch(mode=0o600)
        path.write_text(text)
    found: list[Credentials] = []
    worker = threading.Thread(target=lambda: found.append(Credentials.wait(file, None, None)))
    with caplog.at_level(logging.WARNING):
        worker.start()
        wait_for(lambda: "until the file is repaired" in caplog.text, "the warning")
        assert found == []
        good.replace(file)
        worker.join()
    assert caplog.text.count("until the file is repaired") == 1
    assert found[0].keys is not None
    assert found[0].certificate is None
