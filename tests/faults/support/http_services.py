"""HTTP services as processes, each with its own form of the requests that all have."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from shared.contract.layout import CANDIDATES, DECISIONS, MODELS
from shared.store.store import open_for_writing
from tests.support.http.raw_client import request
from tests.support.models.toy import toy_model
from tests.support.processes.predictor import prefixed_predictor
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import promote
from tests.support.stores.gatekeeping import prefixed_gatekeeper

BODY_CAP = 1 << 16
"""Bytes of the largest body that the predictors accept."""
PREDICT = request(b'{"features": [1, 2]}')
MANY_ROWS = json.dumps({"instances": [[1, 2]] * 5000}).encode()
NO_TOKEN = request(b"", path="/page/rollback", content_length="10000")


@dataclass(frozen=True)
class Service:
    """A process and its requests."""

    pid: int
    port: int
    log: Path
    good: bytes
    bodies: tuple[bytes, bytes]
    """Heads of requests whose bodies the service reads: with a length, and chunked."""
    large: bytes
    """Request with a large response."""
    token: str = ""
    """The gatekeeper's token."""

    def descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def wait_for_descriptors(self, most: int) -> None:
        wait_for(lambda: self.descriptors() <= most, "descriptors to be given back")


PREDICTOR = (
    PREDICT,
    (
        request(b"", content_length="10000"),
        request(b"1000\r\n", content_length="", transfer_encoding="chunked"),
    ),
    request(MANY_ROWS),
)
GATEKEEPER = (
    request(b"", "GET", "/registry"),
    (
        NO_TOKEN,
        NO_TOKEN.replace(b"content-length: 10000", b"transfer-encoding: chunked") + b"1000\r\n",
    ),
    request(b"", "GET", "/static-offline-docs/swagger-ui-bundle.js"),
)
KINDS = ("fast", "asgi", "gatekeeper")


@contextmanager
def service(kind: str, directory: Path, prefix: Sequence[str] = ()) -> Iterator[Service]:
    """Start one of KINDS on a separate store with a model in production."""
    directory.mkdir()
    store = open_for_writing(directory / "store", CANDIDATES, MODELS, DECISIONS)
    promote(store, toy_model())
    log = directory / "log"
    if kind == "gatekeeper":
        with prefixed_gatekeeper(prefix, store.layout.root, log, (), {}) as gatekeeper:
            port = int(gatekeeper.url.rsplit(":", 1)[1])
            token = store.layout.token.read_text().strip()
            yield Service(gatekeeper.process.pid, port, log, *GATEKEEPER, token)
    else:
        variables = {"PREDICTOR_FAST_PATH": kind == "fast", "PREDICTOR_MAX_BODY_BYTES": BODY_CAP}
        with prefixed_predictor(prefix, store, log, (), variables) as predictor:
            predictor.wait_until_ready()
            yield Service(predictor.worker_pid, predictor.port, log, *PREDICTOR)
