"""64 anonymous connections send any mixture of the worst bodies; no good client notices."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from bench.hostile.attackers import attack
from bench.hostile.bodies import HostileBody, infer_bodies, predict_bodies
from bench.load.client import encode_request
from shared.contract.layout import CANDIDATES, DECISIONS, MODELS, SERVING
from shared.store.store import open_for_writing
from tests.faults.support.effort import SEED, figure
from tests.faults.support.record import Record
from tests.faults.support.slow_clients import Good, running, until
from tests.support.http.raw_client import request
from tests.support.models.served import logistic_regression
from tests.support.processes.predictor import running_predictor
from tests.support.stores.builders import promote
from tests.support.stores.gatekeeping import prefixed_gatekeeper

CONNECTIONS = 64
SECONDS = figure(quick=4, full=600)
MOST_BYTES = 512 << 20
PREDICT = request(b'{"features": [' + b"1," * 29 + b"1]}")
REGISTRY = request(b"", "GET", "/registry")
PATHS = {
    "predictor": ("/predict", "/v2/models/lr/infer", "/livez", "/model"),
    "gatekeeper": ("/registry/rollback", "/page/rollback", "/registry", "/"),
}


def attacks(url: str, paths: tuple[str, ...]) -> list[bytes]:
    """Encode every body for every path, in an order that is drawn; some end too early."""
    random = Random(SEED)  # noqa: S311 - nothing here is secret
    bodies: list[HostileBody] = [*predict_bodies(), *infer_bodies()]
    sent = [
        encode_request(url + path, each.body, each.headers) for path in paths for each in bodies
    ]
    random.shuffle(sent)
    return [each[:-1] if random.random() < 0.1 else each for each in sent]


Services = dict[str, tuple[int, str, Path]]


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """Start both services on one store; return their process ids, URLs and logs."""
    top = tmp_path_factory.mktemp("mixture")
    store = open_for_writing(top / "store", CANDIDATES, MODELS, DECISIONS, SERVING)
    promote(store, logistic_regression(), "lr")
    logs = {name: top / name for name in PATHS}
    with (
        running_predictor(store, logs["predictor"]) as predictor,
        prefixed_gatekeeper((), store.layout.root, logs["gatekeeper"], (), {}) as gatekeeper,
    ):
        predictor.wait_until_ready()
        (worker,) = predictor.wait_for_workers(1, 1)
        yield {
            "predictor": (worker, predictor.url, logs["predictor"]),
            "gatekeeper": (gatekeeper.process.pid, gatekeeper.url, logs["gatekeeper"]),
        }


@pytest.mark.parametrize("name", PATHS)
def test_a_good_client_beside_64_hostile_connections_never_fails(
    services: Services, record: Record, name: str
) -> None:
    pid, url, log = services[name]
    port = int(url.rsplit(":", 1)[1])
    good = Good(port, PREDICT if name == "predictor" else REGISTRY)

    async def go_on() -> None:
        begun = time.monotonic()
        async with running(good.ask_on()):
            await until(lambda: time.monotonic() - begun > SECONDS, "the end", SECONDS + 60)
            already = good.answered
            await until(lambda: good.answered > already + 10, "answers to the good client")

    with attack(url, attacks(url, PATHS[name]), CONNECTIONS):
        asyncio.run(go_on())
    status = Path(f"/proc/{pid}/status").read_text()  # the process that was there at the start
    peak = int(status.split("VmHWM:")[1].split()[0]) << 10
    assert good.lost == []
    assert peak < MOST_BYTES
    assert "Traceback" not in log.read_text()
    record.add("hostile mixture", "requests beside it", good.answered)
    record.most("hostile mixture", f"MiB, most memory of the {name}", peak >> 20)
