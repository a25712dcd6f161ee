"""Files of keys are replaced, damaged and withdrawn under load: no good client notices."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx

from predictor.http.api_keys import make_key
from shared.store.store import ModelStore
from tests.faults.support.effort import figure
from tests.faults.support.key_holders import ROW, KeyHolder
from tests.faults.support.record import Record
from tests.support.http import plain_http
from tests.support.models.toy import toy_model
from tests.support.processes.predictor import PredictorProcess, running_predictor
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import promote

WORKERS = 2


def make_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES: dict[str, Callable[[Path], object]] = {
    "missing": Path.unlink,
    "empty": lambda path: path.write_text(""),
    "malformed": lambda path: path.write_text("billing: secret"),
    "too open": lambda path: path.chmod(0o666),
    "too large": lambda path: path.write_bytes(b"#" * (1 << 21)),
    "a directory": make_directory,
}


def replace(path: Path, text: str) -> None:
    """Replace the file in one step, as an operator should."""
    other = path.with_name("other")
    other.write_text(text)
    other.chmod(0o600)
    if path.is_dir():
        path.rmdir()
    other.rename(path)


def rewrite(path: Path, text: str) -> None:
    """Write the file in place in small pieces, as an editor may."""
    with path.open("w", buffering=1) as file:
        for line in text.splitlines(keepends=True):
            file.write(line)


@contextmanager
def guarded(
    store: ModelStore, path: Path, line: str
) -> Iterator[tuple[PredictorProcess, list[int]]]:
    """Run a predictor with this file of keys; yield it and its workers."""
    promote(store, toy_model())
    replace(path, line)
    variables = {"PREDICTOR_WORKERS": WORKERS, "PREDICTOR_API_KEYS_FILE": path}
    with running_predictor(store, path.with_name("log"), **variables) as predictor:
        yield predictor, predictor.wait_for_workers(1, WORKERS)


def statuses(predictor: PredictorProcess, key: str) -> set[int]:
    """Return the statuses of requests on several connections, so that all workers answer."""
    headers = {"Authorization": f"Bearer {key}"}
    url = f"{predictor.url}/predict"
    return {plain_http.post(url, json=ROW, headers=headers).status_code for _ in range(20)}


def has_status(predictor: PredictorProcess, key: str, status: int) -> bool:
    return statuses(predictor, key) == {status}


def test_no_good_client_notices_that_keys_are_replaced_or_damaged(
    store: ModelStore, tmp_path: Path, record: Record
) -> None:
    beats = store.heartbeats.all
    good, line = make_key("good")
    path = tmp_path / "keys"
    with guarded(store, path, line) as (predictor, _):
        holder = KeyHolder(predictor.url, key=good)
        with holder.running():
            for turn in range(figure(quick=2, full=20)):
                key, other = make_key(f"client-{turn}")
                write = rewrite if turn % 2 else replace
                write(path, f"# keys\n{line}\n{other}\n")
                wait_for(partial(has_status, predictor, key, 200), "the new key")
                write(path, f"{line}\n{other} disabled\n")
                wait_for(partial(has_status, predictor, key, 403), "the key to go")
            for damage in DAMAGES.values():
                damage(path)
                wait_for(
                    lambda: all("API keys: " in (beat.last_error or "") for beat in beats()),
                    "the damage to be reported",
                )
                assert statuses(predictor, good) == {200}
                replace(path, line)
                wait_for(lambda: not any(beat.last_error for beat in beats()), "the repair")
        assert holder.failures == []
        assert holder.answered > 0
        assert "The content before it stays in use." in predictor.output()
        assert "Traceback" not in predictor.output()
        assert good not in predictor.output()
    record.add("replaced keys", "requests", holder.answered)


def test_a_worker_that_replaces_a_dead_one_has_the_newest_keys(
    store: ModelStore, tmp_path: Path
) -> None:
    old, line = make_key("old")
    new, other = make_key("new")
    path = tmp_path / "keys"
    with guarded(store, path, line) as (predictor, first):
        assert statuses(predictor, old) == {200}
        replace(path, other)
        wait_for(lambda: statuses(predictor, old) == {httpx.codes.UNAUTHORIZED}, "the new keys")
        os.kill(first[0], signal.SIGKILL)
        wait_for(
            lambda: set(predictor.wait_for_workers(1, WORKERS)) != set(first), "another worker"
        )
        assert statuses(predictor, new) == {200}
        assert statuses(predictor, old) == {httpx.codes.UNAUTHORIZED}


def test_a_worker_that_dies_while_the_file_is_bad_is_replaced_after_the_repair(
    store: ModelStore, tmp_path: Path
) -> None:
    key, line = make_key("good")
    path = tmp_path / "keys"
    with guarded(store, path, line) as (predictor, first):
        path.write_text("rubbish")
        os.kill(first[0], signal.SIGKILL)
        wait_for(
            lambda: "This worker waits until the file is repaired. Line 1" in predictor.output(),
            "the waiting worker",
        )
        assert statuses(predictor, key) == {200}
        replace(path, line)
        wait_for(lambda: {first[1]} < set(predictor.wait_for_workers(1, WORKERS)), "another worker")
        assert statuses(predictor, key) == {200}
        assert "Traceback" not in predictor.output()
