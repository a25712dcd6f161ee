"""The gatekeeper's API, over HTTP with a real store."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from shared.contract.layout import CANDIDATES, DECISIONS, MODELS
from shared.store.store import ModelStore, open_for_writing
from tests.support.http import plain_http
from tests.support.models.toy import toy_model
from tests.support.processes.wait_until import wait_for
from tests.support.project import ROOT
from tests.support.stores.builders import toy_candidate
from tests.support.stores.gatekeeper_thread import GatekeeperThread, gatekeeper_thread
from tests.support.stores.gatekeeping import (
    clean_environment,
    weak_candidate,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> ModelStore:
    """Create one store for all tests of this file, in order: the last two change it."""
    root = tmp_path_factory.mktemp("api") / "store"
    return open_for_writing(root, CANDIDATES, MODELS, DECISIONS)


@pytest.fixture(scope="module")
def running(store: ModelStore) -> Iterator[GatekeeperThread]:
    """Start a gatekeeper that has promoted two candidates and refused one."""
    for bias in (0.0, 1.0):
        toy_candidate(toy_model(bias=bias)).publish(store)
    weak_candidate().publish(store)
    with gatekeeper_thread(store.layout.root) as started:
        wait_for(lambda: len(store.decision_log().entries) == 3, "three decisions")
        yield started


def token(store: ModelStore) -> dict[str, str]:
    return {"Authorization": f"Bearer {store.layout.token.read_text().strip()}"}


def get(running: GatekeeperThread, path: str) -> Any:
    answer = plain_http.get(f"{running.url}{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_registry_is_the_file_on_the_volume(
    running: GatekeeperThread, store: ModelStore
) -> None:
    answer = plain_http.get(f"{running.url}/registry")
    assert answer.content == store.layout.registry.read_bytes()
    first, second = (e.decision for e in store.decision_log().entries[:2])
    at_first = get(running, f"/registry?at={first.decided_at.isoformat()}".replace("+", "%2B"))
    assert (at_first["version"], second.outcome) == (1, "promoted")
    history = get(running, "/registry/history")
    assert [past["registry"]["version"] for past in history["versions"]] == [2, 1]


def test_decisions_are_read_by_outcome_and_page(running: GatekeeperThread) -> None:
    refused = get(running, "/decisions?outcome=refused")["decisions"]
    assert [decision["number"] for decision in refused] == [3]
    page = get(running, "/decisions?limit=2")
    assert [decision["number"] for decision in page["decisions"]] == [3, 2]
    rest = get(running, f"/decisions?limit=2&before={page['before']}")
    assert [decision["number"] for decision in rest["decisions"]] == [1]
    failed = [check for check in get(running, "/decisions/3")["checks"] if not check["passed"]]
    assert failed[0]["observed"] < failed[0]["required"]


def test_candidates_show_their_outcome(running: GatekeeperThread) -> None:
    candidates = get(running, "/candidates")["candidates"]
    assert [candidate["outcome"] for candidate in candidates] == ["promoted", "promoted", "refused"]
    one = get(running, f"/candidates/{candidates[2]['candidate_id']}")
    assert one["manifest"]["model_name"] == one["decision"]["model_name"] == "weak"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/registry?at=yesterday", 422),
        ("/registry?at=2001-01-01T00:00:00Z", 404),
        ("/registry?when=now", 422),
        ("/decisions/9", 404),
        ("/decisions/zero", 422),
        ("/decisions?outcome=lost", 422),
        ("/candidates/..%2F..%2Ftoken", 404),
        ("/candidates/20010101T000000000000Z-00000000", 404),
        ("/nowhere", 404),
    ],
)
def test_bad_requests_get_a_status_and_a_message(
    running: GatekeeperThread, path: str, status: int
) -> None:
    answer = plain_http.get(f"{running.url}{path}")
    assert answer.status_code == status
    assert answer.json()["error"]["message"]


def test_documentation_and_fleet_are_served(running: GatekeeperThread, store: ModelStore) -> None:
    assert "https://" not in plain_http.get(f"{running.url}/docs").text
    assert get(running, "/openapi.json")["paths"].keys() >= {"/registry", "/fleet", "/decisions"}
    fleet = get(running, "/fleet")
    assert (fleet["live"], fleet["workers"]) == (0, [])
    assert store.layout.token.stat().st_mode & 0o777 == 0o600


def test_a_rollback_needs_the_token_and_a_restorable_version(
    running: GatekeeperThread, store: ModelStore
) -> None:
    url = f"{running.url}/registry/rollback"
    good = token(store)

    def status(body: object, headers: dict[str, str]) -> int:
        return plain_http.post(url, json=body, headers=headers).status_code

    no_token = plain_http.post(url, json={"version": 1})
    assert no_token.status_code == 401
    assert no_token.headers["www-authenticate"].startswith("Bearer")
    assert status({"version": 1}, {"Authorization": "Bearer guess"}) == 403
    assert status({"version": 9}, good) == 404
    assert status({"version": 2}, good) == status({"version": 2.0}, good) == 409
    for wrong in (2.5, "2", True, -2, 1e300):
        assert status({"version": wrong}, good) in {404, 422}
    assert status({"version": "one"}, good) == 422
    assert status({"version": 1, "force": True}, good) == 422
    for blank in ("", " ", "two\nlines", "x" * 501):
        assert status({"version": 1, "reason": blank}, good) == 422
    assert plain_http.post(url, content=b"x" * 100_000, headers=good).status_code == 413
    assert len(store.decision_log().entries) == 3
    assert status({"version": 1}, good) == 200
    registry = store.registry.read()
    assert registry is not None
    assert (registry.version, registry.digest) == (3, toy_model(bias=0.0).digest)
    store.models.prune(toy_model(bias=1.0).digest, lambda _digest: False)
    assert status({"version": 2}, good) == 410


def test_the_client_reports_results_and_errors_in_sentences(
    running: GatekeeperThread, store: ModelStore
) -> None:
    def client(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "gatekeeper.client", "--url", running.url, *arguments],
            cwd=ROOT,
            env=clean_environment(store.layout.root),
            capture_output=True,
            text=True,
            check=False,
        )

    assert "refused" in client("history").stdout
    assert client("rollback", "1", "too many refunds", "--by", "Ada").returncode == 0
    decision = store.decision_log().entries[-1].decision
    assert (decision.reason, decision.decided_by) == ("too many refunds", "Ada")
    assert "too many refunds, by Ada" in client("history").stdout
    refused = client("rollback", "7")
    assert (refused.returncode, "There is no version 7" in refused.stderr) == (1, True)
    running.stop()
    gone = client("registry")
    assert (gone.returncode, running.url in gone.stderr) == (1, True)
