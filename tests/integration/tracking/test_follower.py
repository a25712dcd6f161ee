"""After events of all kinds the server has each thing once, and nothing of others."""

import logging
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from deploy.containers.tracking_probe import has_follower
from gatekeeper.decisions.rollback import roll_back
from gatekeeper.decisions.statement import Statement
from shared.contract.layout import MANIFEST
from shared.store.store import ModelStore
from tests.faults.support.effort import figure
from tests.support.http import plain_http
from tests.support.mlflow.mirror import Mirror, assert_complete, tags_of
from tests.support.mlflow.server import START_SECONDS
from tests.support.models.toy import toy_model
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import toy_candidate
from tests.support.stores.gatekeeping import gatekeeper_of, weak_candidate
from tests.support.sweep import sweep
from trainer.tracking import client as client_module
from trainer.tracking import follower as follower_module
from trainer.tracking.client import RefusedByMlflowError, TrackingError


def promote_next(store: ModelStore, bias: float = 0.0) -> str:
    """Publish a candidate and let a gatekeeper promote it. Return its id."""
    candidate_id = toy_candidate(toy_model(bias=bias)).publish(store)
    gatekeeper_of(store).poll()
    return candidate_id


def refuse_next(store: ModelStore) -> str:
    candidate_id = weak_candidate().publish(store)
    gatekeeper_of(store).poll()
    return candidate_id


def history(store: ModelStore) -> None:
    """Make a promotion, a refusal, another promotion and a rollback."""
    promote_next(store)
    refuse_next(store)
    promote_next(store, 0.25)
    roll_back(store, 1, statement=Statement("It fails.", "Kim"))


def post(mirror: Mirror, path: str, **body: Any) -> Any:
    url = f"{mirror.server.url}/api/2.0/mlflow/{path}"
    response = plain_http.post(url, json=body)
    assert response.status_code == 200, response.text
    return response.json()


def test_a_rollback_is_a_version_and_says_why_at_the_version_before(
    mirror: Mirror, store: ModelStore
) -> None:
    history(store)
    mirror.follower(store).step()
    assert_complete(mirror, store)
    first, second, third = mirror.versions()
    assert third["modelgate.outcome"] == "rolled_back"
    assert third["modelgate.digest"] == first["modelgate.digest"]
    assert third["modelgate.decided_by"] == "Kim"
    assert second["modelgate.rolled_back_by"] == "4"
    assert second["modelgate.rolled_back_because"] == "It fails."


class CutOff:
    """A client whose connection ends at one of its calls: before the server has it, or after."""

    def __init__(self, real: Any, call: int, *, before: bool) -> None:
        self._real = real
        self._left = call
        self._before = before

    def __getattr__(self, name: str) -> Callable[..., Any]:
        real = getattr(self._real, name)

        def cut_off(*arguments: Any, **options: Any) -> Any:
            self._left -= 1
            if self._left == 0 and self._before:
                raise ConnectionError
            result = real(*arguments, **options)
            if self._left == 0:
                raise ConnectionError
            return result

        return cut_off


CALLS = 60
"""More calls than the history of the next test needs."""
STEP = figure(quick=12, full=1)
CASES = {
    **{f"after call {each}": (each, False) for each in sorted({4, 12, 34, *range(1, CALLS, STEP)})},
    **{f"before call {each}": (each, True) for each in sorted({8, *range(1, CALLS, 7 * STEP)})},
}


@pytest.mark.parametrize(
    "cut",
    sweep(CASES, "after call 4", "after call 12", "after call 34", "before call 8"),
)
def test_a_connection_that_ends_at_any_call_doubles_nothing(
    mirror: Mirror, store: ModelStore, monkeypatch: pytest.MonkeyPatch, cut: tuple[int, bool]
) -> None:
    call, before = cut
    history(store)
    follower = mirror.follower(store)
    real = client_module.connect(mirror.address)
    monkeypatch.setattr(follower_module, "connect", lambda _: CutOff(real, call, before=before))
    follower.step()
    # A new process knows nothing of the one before.
    monkeypatch.setattr(follower_module, "connect", lambda _: real)
    mirror.follower(store).step()
    assert_complete(mirror, store)
    (first, *_) = mirror.runs()
    assert mirror.files(first, "model") >= {"model/MLmodel", "model/model.onnx"}


def test_a_moved_alias_is_put_back(
    mirror: Mirror, store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    history(store)
    follower = mirror.follower(store)
    follower.step()
    post(mirror, "registered-models/alias", name=mirror.name, alias="champion", version="1")
    monkeypatch.setattr(follower_module, "CHECK_SECONDS", -1.0)
    follower.step()
    assert_complete(mirror, store)


def test_a_model_of_a_person_is_not_changed(
    mirror: Mirror, store: ModelStore, caplog: pytest.LogCaptureFixture
) -> None:
    post(mirror, "registered-models/create", name=mirror.name)
    history(store)
    mirror.follower(store).step()
    assert "was not made by Modelgate. Set MLFLOW_MODEL_NAME" in caplog.text
    assert mirror.versions() == []
    assert len(mirror.runs()) == 3
    assert tags_of(mirror.model()) == {}


def test_a_model_of_another_store_is_not_changed(
    mirror: Mirror, store: ModelStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    history(store)
    mirror.follower(store).step()
    other = ModelStore(tmp_path / "other")
    shutil.copytree(store.layout.root, other.layout.root)
    shutil.rmtree(other.layout.decisions)
    other.layout.decisions.mkdir()
    gatekeeper_of(other).poll()
    mirror.follower(other).step()
    assert "mirrors another store. Set MLFLOW_MODEL_NAME" in caplog.text
    assert len(mirror.versions()) == 3


def test_a_run_that_a_person_deleted_stays_deleted(mirror: Mirror, store: ModelStore) -> None:
    first = promote_next(store)
    mirror.follower(store).step()
    (run,) = mirror.runs()
    post(mirror, "runs/delete", run_id=run["info"]["run_id"])
    second = promote_next(store, 0.25)
    roll_back(store, 1)
    mirror.follower(store).step()
    assert [tags_of(run["data"])["modelgate.candidate"] for run in mirror.runs()] == [second]
    assert [each["modelgate.candidate"] for each in mirror.versions()] == [first, second, first]
    assert mirror.champion() == 3


def test_a_candidate_that_is_gone_has_its_decision_and_the_gatekeepers_copy(
    mirror: Mirror, store: ModelStore
) -> None:
    gone = promote_next(store)
    refused = refuse_next(store)
    for candidate_id in (gone, refused):
        store.candidates.remove(candidate_id)
    mirror.follower(store).step()
    first, second = mirror.runs()
    assert "removed this candidate" in tags_of(first["data"])["modelgate.problem"]
    assert "model/model.onnx" in mirror.files(first, "model")
    assert tags_of(second["data"])["modelgate.outcome"] == "refused"
    assert mirror.files(second) == set()
    assert mirror.champion() == 1


def test_a_version_whose_files_are_gone_keeps_its_number(mirror: Mirror, store: ModelStore) -> None:
    gone = promote_next(store)
    promote_next(store, 0.25)
    store.candidates.remove(gone)
    assert store.models.prune(toy_model().digest, lambda _digest: False)
    mirror.follower(store).step()
    first, second = mirror.versions()
    assert "is missing" in first["modelgate.problem"]
    assert "modelgate.problem" not in second
    assert mirror.champion() == 2


def test_a_damaged_candidate_is_a_failed_run(
    mirror: Mirror, store: ModelStore, caplog: pytest.LogCaptureFixture
) -> None:
    broken = toy_candidate().publish(store)
    (store.layout.candidate(broken) / MANIFEST).write_bytes(b"{")
    damaged = weak_candidate().publish(store)
    (store.layout.candidate(damaged) / "model.onnx").write_bytes(b"")
    whole = toy_candidate(toy_model(bias=0.25)).publish(store)
    mirror.follower(store).step()
    runs = mirror.runs()
    found = {tags_of(run["data"])["modelgate.candidate"]: run["info"]["status"] for run in runs}
    assert found == {broken: "FAILED", damaged: "FAILED", whole: "FINISHED"}
    assert all("modelgate.problem" in tags_of(run["data"]) for run in runs[:2])
    assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []


def test_a_store_that_was_restored_continues_without_doubles(
    mirror: Mirror, store: ModelStore, tmp_path: Path
) -> None:
    promote_next(store)
    backup = tmp_path / "backup"
    shutil.copytree(store.layout.root, backup)
    promote_next(store, 0.25)
    mirror.follower(store).step()
    shutil.rmtree(store.layout.root)
    shutil.copytree(backup, store.layout.root)
    restored = ModelStore(store.layout.root)
    last = promote_next(restored, 0.5)
    mirror.follower(restored).step()
    assert [each["modelgate.version"] for each in mirror.versions()] == ["1", "2", "2"]
    assert mirror.versions()[-1]["modelgate.candidate"] == last
    assert mirror.champion() == 2


def test_a_server_that_lost_everything_gets_it_again(mirror: Mirror, store: ModelStore) -> None:
    history(store)
    mirror.follower(store).step()
    for run in mirror.runs():
        post(mirror, "runs/set-tag", run_id=run["info"]["run_id"], key="modelgate.candidate",
             value="lost")  # fmt: skip
    url = f"{mirror.server.url}/api/2.0/mlflow/registered-models/delete"
    assert plain_http.request("DELETE", url, json={"name": mirror.name}).status_code == 200
    mirror.follower(store).step()
    assert len(mirror.versions()) == 3
    assert mirror.champion() == 3
    assert (
        len([run for run in mirror.runs() if tags_of(run["data"])["modelgate.candidate"] != "lost"])
        == 3
    )


def test_a_second_follower_waits_for_the_first(
    mirror: Mirror, store: ModelStore, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    promote_next(store)
    with ExitStack() as running:
        holder = running.enter_context(mirror.following(store, first))
        wait_for(lambda: mirror.champion() == 1, "the first", START_SECONDS)
        waiting = running.enter_context(mirror.following(store, second))
        wait_for(lambda: "Another process tracks this store" in second.read_text(), "a wait")
        assert waiting.poll() is None
        assert has_follower(store.layout.root)
        holder.kill()
        promote_next(store, 0.25)
        wait_for(lambda: mirror.champion() == 2, "the second to go on", START_SECONDS)
    assert_complete(mirror, store)
    assert not has_follower(store.layout.root)


def test_a_server_that_is_down_is_named_in_a_sentence(mirror: Mirror) -> None:
    real = client_module.connect(mirror.address)
    mirror.server.kill()
    try:
        with pytest.raises(TrackingError, match="cannot be reached") as found:  # noqa: SIM117 - one statement below
            with client_module.translated(mirror.address):
                real.search_registered_models()
    finally:
        mirror.server.start()
    assert mirror.server.url in str(found.value)
    assert "HTTPConnectionPool" not in str(found.value)


def test_a_refused_request_is_a_sentence(mirror: Mirror) -> None:
    real = client_module.connect(mirror.address)
    with pytest.raises(RefusedByMlflowError, match="refused a request with INVALID_PARAMETER"):  # noqa: SIM117 - as above
        with client_module.translated(mirror.address):
            real.create_registered_model("a/b")
