"""`python -m predictor` as a user starts it, on a free port."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx
import psutil

from shared.contract.layout import CANDIDATES, DECISIONS, MODELS, SERVING
from shared.store.store import ModelStore, open_for_writing
from tests.support.http import plain_http
from tests.support.models.toy import ToyModel
from tests.support.processes.wait_until import PATIENCE_SECONDS, wait_for
from tests.support.project import ROOT
from tests.support.stores.builders import promote

COMMAND = [sys.executable, "-m", "predictor"]
_PREFIXES = ("PREDICTOR_", "STORE_", "LOG_", "METRIC", "ALLOW_JOBLIB")


def environment(store: ModelStore, **variables: object) -> dict[str, str]:
    """Return this process's environment with only these settings of services.

    Without a drain, a test need not wait for the end of its predictor.
    """
    clean = {key: value for key, value in os.environ.items() if not key.startswith(_PREFIXES)}
    settings = {"STORE_DIR": store.layout.root, "PREDICTOR_PORT": 0, "PREDICTOR_DRAIN_SECONDS": 0}
    return clean | {key: str(value) for key, value in (settings | variables).items()}


class PredictorProcess:
    """A running predictor and its log."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path, store: ModelStore) -> None:
        self.process = process
        self.log = log
        self.store = store
        self.url = wait_for(self._listening, "the predictor to listen")[1]
        self.port = int(self.url.rsplit(":", 1)[1])

    def _listening(self) -> "re.Match[str] | None":
        assert self.process.poll() is None, self.output()
        return re.search(r"Listening on (https?://\S+)", self.output())

    @property
    def worker_pid(self) -> int:
        """The process id of its only worker."""
        (worker,) = psutil.Process(self.process.pid).children()
        return worker.pid

    def output(self) -> str:
        return self.log.read_text()

    def client(self) -> httpx.Client:
        return plain_http.client(base_url=self.url, timeout=60)

    def wait_until_ready(self) -> None:
        """Wait until the worker that answers has a model."""
        with self.client() as client:
            wait_for(lambda: client.get("/readyz").status_code == 200, "a model to be served")

    def wait_for_workers(self, version: int | None, count: int) -> list[int]:
        """Wait until exactly *count* workers report *version*. Return their process ids."""

        def all_on_it() -> list[int]:
            beats = self.store.heartbeats.all()
            on_it = [beat.pid for beat in beats if beat.serving_version == version]
            return on_it if len(on_it) == len(beats) == count else []

        return wait_for(all_on_it, f"{count} workers on version {version}")

    def stop(self, signal_number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end. Return the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal_number)
        return self.process.wait(PATIENCE_SECONDS)


def running_predictor(
    store: ModelStore, log: Path, *options: str, **variables: object
) -> AbstractContextManager[PredictorProcess]:
    """Start a predictor. Stop it in order at the end, or kill it when the test fails."""
    return prefixed_predictor((), store, log, options, variables)


@contextmanager
def served_model(
    directory: Path, model: ToyModel, model_name: str = "toy"
) -> Iterator[PredictorProcess]:
    """Start a predictor on a new store in *directory*. Return when it serves *model*."""
    store = open_for_writing(directory / "store", CANDIDATES, MODELS, DECISIONS, SERVING)
    promote(store, model, model_name)
    with running_predictor(store, directory / "log") as predictor:
        predictor.wait_until_ready()
        yield predictor


@contextmanager
def prefixed_predictor(
    prefix: Sequence[str],
    store: ModelStore,
    log: Path,
    options: Sequence[str],
    variables: Mapping[str, object],
) -> Iterator[PredictorProcess]:
    """Start a predictor through a command that replaces itself, such as `prlimit`."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*prefix, *COMMAND, *options],
            cwd=ROOT,
            env=environment(store, **variables),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        predictor = PredictorProcess(process, log, store)
        yield predictor
        predictor.stop()
    finally:
        process.kill()
        process.wait()
