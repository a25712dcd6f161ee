"""Both services with TLS, as processes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from shared.contract.layout import CANDIDATES, DECISIONS, MODELS, SERVING
from shared.store.store import open_for_writing
from tests.support.certificates import Pair, make_pair
from tests.support.models.toy import toy_model
from tests.support.processes.predictor import running_predictor
from tests.support.stores.builders import promote
from tests.support.stores.gatekeeping import running_gatekeeper


class Secure(NamedTuple):
    """A service with TLS."""

    name: str
    url: str
    pair: Pair
    directory: Path
    """The directory of the two files."""
    log: Path
    pid: int

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])


@contextmanager
def serving(name: str, directory: Path, workers: int = 1) -> Iterator[Secure]:
    """Start a service with its own certificate, and wait until it is ready."""
    store = open_for_writing(directory / "store", CANDIDATES, MODELS, DECISIONS, SERVING)
    promote(store, toy_model())
    pair = make_pair()
    files = {f"{name.upper()}_{last}": path for last, path in pair.write(directory).items()}
    log = directory / "log"
    if name == "gatekeeper":
        with running_gatekeeper(store.layout.root, log, **files) as gatekeeper:
            yield Secure(name, gatekeeper.url, pair, directory, log, gatekeeper.process.pid)
        return
    with running_predictor(store, log, **files, PREDICTOR_WORKERS=workers) as predictor:
        predictor.wait_for_workers(1, workers)
        yield Secure(name, predictor.url, pair, directory, log, predictor.process.pid)


@pytest.fixture(scope="module", params=["predictor", "gatekeeper"])
def secure(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Secure]:
    with serving(request.param, tmp_path_factory.mktemp("secure")) as service:
        yield service
