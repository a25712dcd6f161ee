"""A full or read-only volume takes no count: they wait, and are exact when it is good again."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from shared.contract.layout import STORE_DIRECTORIES
from shared.store.store import open_for_writing
from tests.support.http.metrics_page import scrape
from tests.support.models.toy import toy_model
from tests.support.processes.predictor import running_predictor
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import promote
from tests.support.stores.live_counts import counts_of

FAILURES = "modelgate_predictor_live_write_failures_total"
WAITING = "modelgate_predictor_live_unwritten_timestamp_seconds"


@contextmanager
def full(volume: Path) -> Iterator[None]:
    """Fill the file system."""
    filler = volume / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1 << 20))
        except OSError:
            pass
    yield
    filler.unlink()


@contextmanager
def read_only(volume: Path) -> Iterator[None]:
    """Let nobody write to the file system."""
    subprocess.run(["mount", "-o", "remount,ro", volume], check=True)
    yield
    subprocess.run(["mount", "-o", "remount,rw", volume], check=True)


@pytest.mark.parametrize("spoil", [full, read_only])
def test_counts_wait_in_memory_and_none_is_lost(
    small_volume: Path, tmp_path: Path, spoil: Callable[[Path], AbstractContextManager[None]]
) -> None:
    store = open_for_writing(small_volume / "store", *STORE_DIRECTORIES)
    promote(store, toy_model())
    variables = {"PREDICTOR_HEARTBEAT_SECONDS": 0.1}
    with running_predictor(store, tmp_path / "log", **variables) as predictor:
        predictor.wait_until_ready()
        with predictor.client() as client:

            def ask(times: int) -> None:
                for _ in range(times):
                    assert client.post("/predict", json={"features": [1, 2]}).status_code == 200

            ask(10)
            wait_for(lambda: counts_of(store), "the first counts")
            with spoil(small_volume):
                ask(10)
                wait_for(lambda: (scrape(predictor.url)(FAILURES) or 0) >= 3, "three failures")
                ask(10)
                assert scrape(predictor.url)(WAITING, worker="0")
                assert client.get("/readyz").status_code == 200
            wait_for(lambda: scrape(predictor.url)(WAITING, worker="0") == 0, "a good write")
            ask(10)
        assert predictor.stop() == 0
        assert predictor.output().count("live counts cannot be written") == 1
    assert sum(each.requests.answered for each in counts_of(store)) == 40
    assert not [name for name in os.listdir(next(store.layout.live.iterdir())) if name[0] == "."]
