"""Decisions and rollbacks while the server and the follower are killed: the mirror is complete."""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from random import Random

import pytest

from gatekeeper.decisions.rollback import roll_back
from gatekeeper.decisions.statement import Statement
from shared.store.store import ModelStore
from tests.faults.support.effort import figure
from tests.support.databases.postgresql import running_server
from tests.support.http import plain_http
from tests.support.mlflow.mirror import Mirror, assert_complete, is_passed, tags_of
from tests.support.mlflow.server import MlflowServer, mlflow_server
from tests.support.models.toy import toy_model
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import toy_candidate
from tests.support.stores.gatekeeping import gatekeeper_of, running_gatekeeper, weak_candidate

CATCH_UP_SECONDS = 240.0


def decide_next(store: ModelStore, number: int, random: Random) -> None:
    """Let a gatekeeper make one decision: a promotion, a refusal or a rollback."""
    registry = store.decision_log().registry
    if registry is not None and random.random() < 0.3:
        old = random.randint(max(1, registry.version - 5), registry.version)
        if old != registry.version:
            roll_back(store, old, statement=Statement("It fails.", "Kim"))
            return
    if number and random.random() < 0.3:
        weak_candidate().publish(store)
    else:
        toy_candidate(toy_model(bias=number / 1000)).publish(store)
    gatekeeper_of(store).poll()


def progress(mirror: Mirror) -> tuple[int, str]:
    """Return the number of runs, and the position in the log."""
    return len(mirror.runs()), tags_of(mirror.model()).get("modelgate.decision", "")


def has_moved(mirror: Mirror, before: tuple[int, str]) -> bool:
    return progress(mirror) != before


def mirror_decisions(
    mirror: Mirror, store: ModelStore, folder: Path, *, decisions: int, kills: int
) -> None:
    """Kill the server *kills* times, and the follower half as often, while decisions are made."""
    random = Random(25)  # noqa: S311 - nothing here is secret
    server, log = mirror.server, folder / "log"
    down = {(each + 1) * decisions // (kills + 1) for each in range(kills)}
    with ExitStack() as running:
        process = running.enter_context(mirror.following(store, log))
        before = progress(mirror)
        for number in range(decisions):
            decide_next(store, number, random)
            assert len(store.decision_log().entries) == number + 1
            if number in down:
                # The follower is at work, so the kill comes within its requests or between them.
                wait_for(partial(has_moved, mirror, before), "progress", CATCH_UP_SECONDS)
                server.kill()
            elif number - 1 in down:
                server.start()
                before = progress(mirror)
                if random.random() < 0.5:
                    process.kill()
                    process.wait()
                    process = running.enter_context(mirror.following(store, log))
        if not server.is_listening():
            server.start()
        wait_for(lambda: is_passed(mirror, store), "the newest decision", CATCH_UP_SECONDS)
    assert_complete(mirror, store)
    with running_gatekeeper(store.layout.root, folder / "gatekeeper", METRIC="accuracy") as gate:
        assert plain_http.get(f"{gate.url}/registry").json()["version"] == mirror.champion()
    assert "Traceback" not in log.read_text()


@pytest.fixture(scope="module")
def on_postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    with (
        running_server() as server,
        # Its driver by default is another one.
        mlflow_server(
            tmp_path_factory.mktemp("mlflow"),
            server.address_with_password.replace("://", "+psycopg2://", 1),
        ) as started,
    ):
        yield started


@pytest.mark.thorough
@pytest.mark.timeout(1200)
def test_decisions_while_the_server_is_killed(
    mirror: Mirror, store: ModelStore, tmp_path: Path
) -> None:
    decisions, kills = figure(quick=10, full=50), figure(quick=2, full=10)
    mirror_decisions(mirror, store, tmp_path, decisions=decisions, kills=kills)


@pytest.mark.thorough
@pytest.mark.timeout(1200)
def test_decisions_while_a_server_on_postgresql_is_killed(
    on_postgresql: MlflowServer, store: ModelStore, tmp_path: Path
) -> None:
    churn = Mirror(on_postgresql, "churn")
    mirror_decisions(churn, store, tmp_path, decisions=12, kills=2)
