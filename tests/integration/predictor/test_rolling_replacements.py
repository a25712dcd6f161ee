"""Predictors and workers are replaced one after the other under load, and no request fails."""

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import httpx
import psutil
import pytest

from shared.store.store import ModelStore
from tests.support.http import plain_http
from tests.support.models.toy import toy_model
from tests.support.processes.predictor import PredictorProcess, running_predictor
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import promote
from tests.support.sweep import sweep

ASK = {"features": [1, 2]}
LAG_SECONDS = 0.5
"""Seconds after which a balancer sees a change, as the endpoints of Kubernetes lag behind."""
PAUSE_SECONDS = 0.01
"""Seconds between two requests of a client."""
LONG = 600
"""Seconds of a drain that the test ends when the balancer has looked, by a second signal."""


class Balancer:
    """Sends requests to the predictors that were ready when it last looked."""

    def __init__(self, urls: list[str]) -> None:
        self.urls = urls
        self.ready = list(urls)
        self.asked = 0
        self.failures: list[str] = []
        self._asked_now: dict[int, str] = {}
        """The predictor that each client sends a request to."""
        self._choosing = threading.Lock()
        self._stop = threading.Event()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Look and send until the block ends; half of the clients keep their connections."""
        asks = [threading.Thread(target=self._ask, args=(keep,)) for keep in (0, 0, 8, 8)]
        threads = [threading.Thread(target=self._look), *asks]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def knows(self, url: str) -> bool:
        """Report whether it sends requests to *url*."""
        with self._choosing:
            return url in self.ready or url in self._asked_now.values()

    def _look(self) -> None:
        while not self._stop.wait(LAG_SECONDS):
            ready = [url for url in list(self.urls) if _is_ready(url)]
            if not ready:
                self.failures.append("no predictor is ready")
                continue
            with self._choosing:
                self.ready = ready

    def _choose(self) -> str:
        with self._choosing:
            self.asked += 1
            url = self.ready[self.asked % len(self.ready)]
            self._asked_now[threading.get_ident()] = url
            return url

    def _ask(self, kept_connections: int) -> None:
        limits = httpx.Limits(max_keepalive_connections=kept_connections)
        with httpx.Client(limits=limits, trust_env=False, timeout=60) as client:
            while not self._stop.wait(PAUSE_SECONDS):
                url = self._choose()
                try:
                    answer = client.post(f"{url}/predict", json=ASK)
                except httpx.HTTPError as error:
                    self.failures.append(repr(error))
                else:
                    if answer.status_code != 200:
                        self.failures.append(answer.text)
                with self._choosing:
                    del self._asked_now[threading.get_ident()]


def _is_ready(url: str) -> bool:
    try:
        return plain_http.get(f"{url}/readyz").status_code == 200
    except httpx.HTTPError:
        return False


@pytest.mark.timeout(1800)  # 20 times on a busy machine
@pytest.mark.parametrize("times", sweep({"once": 1, "20-times": 20}, "once"))
def test_predictors_behind_a_balancer_are_replaced_without_a_failed_request(
    store: ModelStore, tmp_path: Path, times: int
) -> None:
    promote(store, toy_model())
    with ExitStack() as stack:

        def start(number: int) -> PredictorProcess:
            log = tmp_path / f"log-{number}"
            found = stack.enter_context(running_predictor(store, log, PREDICTOR_DRAIN_SECONDS=LONG))
            found.wait_until_ready()
            return found

        old = [start(-1), start(-2)]
        balancer = Balancer([each.url for each in old])
        with balancer.at_work():
            for number in range(times):
                fresh = start(number)
                balancer.urls.append(fresh.url)
                wait_for(partial(balancer.knows, fresh.url), "the balancer to look")
                gone = old.pop(0)
                gone.process.send_signal(signal.SIGTERM)
                wait_for(lambda: not balancer.knows(gone.url), "the balancer to look")  # noqa: B023 - called at once
                assert gone.stop(signal.SIGTERM) == 0
                balancer.urls.remove(gone.url)
                old.append(fresh)
            wait_for(lambda: balancer.asked > 20 * times, "enough requests")
        for each in old:
            assert each.stop(signal.SIGINT) == 0  # it does not drain
    assert balancer.failures == []


@pytest.mark.timeout(1800)  # 20 times on a busy machine
@pytest.mark.parametrize("times", sweep({"once": 1, "20-times": 20}))
def test_workers_are_renewed_without_a_failed_request(
    store: ModelStore, tmp_path: Path, times: int
) -> None:
    promote(store, toy_model())
    with running_predictor(store, tmp_path / "log", PREDICTOR_WORKERS=2) as predictor:
        predictor.wait_for_workers(1, 2)
        balancer = Balancer([predictor.url])
        with balancer.at_work():
            for _ in range(times):
                old = _workers(predictor)
                predictor.process.send_signal(signal.SIGHUP)
                wait_for(partial(_are_renewed, predictor, old), "two other workers")
            wait_for(lambda: balancer.asked > 20 * times, "enough requests")
        assert balancer.failures == []


def _are_renewed(predictor: PredictorProcess, old: set[int]) -> bool:
    workers = _workers(predictor)
    return len(workers) == 2 and not workers & old


def _workers(predictor: PredictorProcess) -> set[int]:
    return {worker.pid for worker in psutil.Process(predictor.process.pid).children()}
