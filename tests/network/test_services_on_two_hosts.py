"""Services on two hosts share a store on NFS and on JuiceFS, with clocks that differ by an hour.

The tests of a file run in order on one laboratory: the last one crashes a host.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.network.conftest import Laboratory
from tests.network.support.host import Host
from tests.support.models.toy import toy_model
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import toy_candidate

pytestmark = pytest.mark.thorough

CANDIDATE = toy_candidate(toy_model())
TRAINED = {
    "manifest": CANDIDATE.manifest.encode().decode(),
    "files": {name: data.hex() for name, data in CANDIDATE.files.items()},
}


@pytest.fixture
def a(laboratory: Laboratory) -> Host:
    return laboratory.hosts["a"]


@pytest.fixture
def b(laboratory: Laboratory) -> Host:
    """Return the host whose clock is an hour ahead."""
    return laboratory.hosts["b"]


@contextmanager
def running(host: Host, kind: str, store: str) -> Iterator[str]:
    """Run a service on *host* while the block runs, and return its name."""
    name = f"{kind}-{host.name}-{store}"
    host.call("start", kind=kind, name=name, store=f"{host.store}/{store}")
    try:
        yield name
    finally:
        host.call("stop", name=name)


def say(figure: str) -> None:
    """Print a figure for the record of CI."""
    sys.stderr.write(f"  {figure}\n")


def train(host: Host, store: str) -> dict[str, Any]:
    result: dict[str, Any] = host.call("train", store=f"{host.store}/{store}", **TRAINED)
    return result


def until(host: Host, name: str, condition: Callable[[dict[str, Any]], object], what: str) -> None:
    wait_for(lambda: condition(host.call("status", name=name)), f"{what} on {host.name}")


def test_the_clocks_of_the_hosts_differ_by_an_hour(a: Host, b: Host) -> None:
    assert 3500 < b.call("clock") - a.call("clock") < 3700


def test_a_first_promotion_is_served_on_the_other_host(a: Host, b: Host) -> None:
    with running(b, "predictor", "first") as predictor, running(a, "gatekeeper", "first"):
        until(b, predictor, lambda found: found["beats"] >= 3, "a look at a missing registry")
        result = train(a, "first")
        assert result["version"] == 1
        assert result["converged"] == [predictor], result
        assert result["rollout seconds"] < 10, "the kernel would remember the name for a minute"
        say(f"a first promotion: served after {result['rollout seconds']:.2f} s")
        again = train(a, "first")
        assert again["version"] == 2
        assert again["converged"] == [predictor], again
        say(f"a retrain: served after {again['rollout seconds']:.2f} s")
    assert a.call("fsck", store=f"{a.store}/first") == []


def test_a_trainer_on_another_host_learns_its_decision_and_counts_all_workers(
    a: Host, b: Host
) -> None:
    with (
        running(a, "gatekeeper", "far"),
        running(a, "predictor", "far") as near,
        running(b, "predictor", "far") as far,
    ):
        for host, name in ((a, near), (b, far)):
            until(host, name, lambda found: found["beats"] >= 2, "a heartbeat")
        for version in (1, 2):
            result = train(b, "far")
            assert result["version"] == version
            assert result["converged"] == sorted([near, far]), result
            assert result["decision seconds"] < 10, (
                "the kernel would remember the name for a minute"
            )
            assert result["ms"] < 60_000, "the clocks differ by an hour"
            say(f"version {version}: decided after {result['decision seconds']:.2f} s")
        assert result["silent"] == []


def test_two_gatekeepers_decide_each_candidate_once_and_one_of_them_keeps_house(
    a: Host, b: Host
) -> None:
    with running(a, "gatekeeper", "two") as first:
        until(a, first, lambda found: found["keeps house"], "the keeper")
        with running(b, "gatekeeper", "two") as second:
            trainers = [host.begin("train", store=f"{host.store}/two", **TRAINED)
                        for _ in range(6) for host in (a, b)]  # fmt: skip
            numbers = sorted(each.result()["decision"] for each in trainers)
            assert numbers == list(range(1, 13))
            wait_for(lambda: sum(decided(a, first, b, second)) == 12, "both gatekeepers to note it")
            assert not b.call("status", name=second)["keeps house"]
            say(f"two gatekeepers decided {decided(a, first, b, second)} candidates")
            log = f"{a.store}/two/training.log"
            wait_for(lambda: count_lines(a, log) == 24, "every line of training.log")
            assert a.call("fsck", store=f"{a.store}/two") == []


def decided(a: Host, first: str, b: Host, second: str) -> tuple[int, int]:
    """Return the number of candidates that each gatekeeper decided."""
    one, other = a.call("status", name=first), b.call("status", name=second)
    return one["decided"], other["decided"]


def count_lines(host: Host, path: str) -> int:
    return int(host.call("shell", command=f"wc -l <{path}"))


def test_services_survive_an_outage_of_the_server(laboratory: Laboratory, a: Host, b: Host) -> None:
    with running(a, "gatekeeper", "outage"), running(b, "predictor", "outage") as predictor:
        until(b, predictor, lambda found: found["beats"] >= 1, "a heartbeat")
        assert train(a, "outage")["converged"] == [predictor]
        with laboratory.outage():
            waiting = a.begin("train", store=f"{a.store}/outage", **TRAINED)
            for _ in range(200):
                assert b.call("status", name=predictor)["version"] == 1, "it serves from memory"
            assert not waiting.done()
        assert waiting.result()["version"] == 2
        until(b, predictor, lambda found: found["version"] == 2, "the version of the outage")
        assert b.call("fsck", store=f"{b.store}/outage") == []


def test_the_other_host_goes_on_after_a_crash(a: Host, b: Host) -> None:
    store = f"{a.store}/crash"
    b.call("start", kind="gatekeeper", name="keeper", store=f"{b.store}/crash")
    b.call("start", kind="predictor", name="lost", store=f"{b.store}/crash")
    until(b, "keeper", lambda found: found["keeps house"], "the keeper")
    with running(a, "gatekeeper", "crash") as spare, running(a, "predictor", "crash") as stays:
        result = train(a, "crash")
        assert result["workers"] == sorted(["lost", stays]), result
        assert not a.call("status", name=spare)["keeps house"]
        b.crash()
        # The server may delay writes until the lease of the crashed host ends.
        result = wait_for(lambda: train_with(a, "crash", [stays]), "the worker that is left")
        assert result["workers"] == [stays]
        until(a, spare, lambda found: found["keeps house"], "a new keeper")
        wait_for(lambda: lines_are_complete(a, store), "training.log")
        assert a.call("fsck", store=store) == []


def train_with(host: Host, store: str, workers: list[str]) -> dict[str, Any] | None:
    """Train, and return the result if exactly *workers* serve it."""
    result = train(host, store)
    return result if result["converged"] == workers else None


def lines_are_complete(host: Host, store: str) -> bool:
    decisions = int(host.call("shell", command=f"ls {store}/decisions | wc -l"))
    return count_lines(host, f"{store}/training.log") == 2 * decisions
