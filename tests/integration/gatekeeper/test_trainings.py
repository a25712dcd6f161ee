"""Trainings by themselves: GET /training, POST /train, the page, its form and the metrics."""

import html

import pytest

from gatekeeper import client
from shared.maintenance.store_checker import check_store
from shared.store.store import ModelStore
from shared.training.training_files import TrainingFiles
from shared.training.training_status import RunningTraining
from tests.support.http import plain_http
from tests.support.stores.gatekeeper_thread import GatekeeperThread, gatekeeper_thread
from tests.support.stores.waiting_trainer import NOON, STATUS, waiting


def page(running: GatekeeperThread, path: str = "/page/training") -> str:
    answer = plain_http.get(f"{running.url}{path}")
    assert answer.status_code == 200, answer.text
    return answer.text


def test_without_a_waiting_trainer_a_request_is_refused_and_leaves_nothing(
    store: ModelStore,
) -> None:
    with gatekeeper_thread(store.layout.root) as running:
        token = store.layout.token.read_text().strip()
        bearer = {"Authorization": f"Bearer {token}"}
        answer = plain_http.post(f"{running.url}/train", json={}, headers=bearer)
        assert answer.status_code == 409
        assert answer.json()["error"]["code"] == "no_waiting_trainer"
        assert "make retrain" in answer.json()["error"]["message"]
        form = plain_http.post(f"{running.url}/page/training", data={"token": token})
        assert form.status_code == 409
        assert "No process waits to train" in page(running)
        assert "Train now" not in page(running)
        assert plain_http.get(f"{running.url}/training").json()["waiting"] is False
    assert not store.layout.training_request.exists()


def test_a_request_needs_the_token_and_waits_for_the_trainer(store: ModelStore) -> None:
    files = TrainingFiles(store.layout)
    with gatekeeper_thread(store.layout.root) as running, waiting(store):
        token = store.layout.token.read_text().strip()
        bearer = {"Authorization": f"Bearer {token}"}
        url = f"{running.url}/train"
        assert plain_http.post(url, json={}).status_code == 401
        assert plain_http.post(url, json={"now": 1}, headers=bearer).status_code == 422
        foreign = {**bearer, "Sec-Fetch-Site": "cross-site"}
        assert plain_http.post(url, json={}, headers=foreign).status_code == 403
        assert files.read_request() is None
        first = plain_http.post(url, json={"by": "ada"}, headers=bearer).json()
        again = plain_http.post(url, json={"by": "bob"}, headers=bearer).json()
        assert first == again  # it has not begun yet
        assert plain_http.get(f"{running.url}/training").json()["requested"]["by"] == "ada"
        handled = STATUS.handled.model_copy(update={"request": first["id"]})
        files.write_status(STATUS.model_copy(update={"handled": handled}))
        assert plain_http.get(f"{running.url}/training").json()["requested"] is None
        third = plain_http.post(url, json={}, headers=bearer).json()
        assert third["id"] != first["id"]
    assert not [issue for issue in check_store(store) if issue.kind == "error"]


def test_the_page_shows_the_runs_and_its_form_requests_one(store: ModelStore) -> None:
    with gatekeeper_thread(store.layout.root) as running, waiting(store):
        shown = page(running)
        assert "&lt;ada&gt;" in shown
        assert "The table &lt;b&gt;is&lt;/b&gt; empty." in shown
        assert "Failures in a row: 2" in html.unescape(shown)
        assert "0 3 * * *" in shown
        assert "/page/training" in page(running, "/")
        fields = {"by": "", "token": store.layout.token.read_text()}
        wrong = plain_http.post(f"{running.url}/page/training", data={**fields, "token": "no"})
        assert wrong.status_code == 403
        done = plain_http.post(f"{running.url}/page/training", data=fields)
        assert (done.status_code, done.headers["location"]) == (303, "/page/training")
        assert "A training is requested" in page(running)
        assert "<form" not in page(running)


def test_a_run_of_a_killed_trainer_is_not_shown_as_running(store: ModelStore) -> None:
    run = RunningTraining(
        causes=("data",), started_at=NOON, newest_candidate=None, requested_by=None
    )
    status = STATUS.model_copy(update={"running": run})
    with gatekeeper_thread(store.layout.root) as running:
        with waiting(store, status):
            assert plain_http.get(f"{running.url}/training").json()["running"]
            assert "A training runs" in page(running)
        answer = plain_http.get(f"{running.url}/training").json()
        assert (answer["running"], answer["last_run"]["result"]) == (None, "stopped")


def test_status_and_metrics_show_trainings(
    store: ModelStore, capsys: pytest.CaptureFixture[str]
) -> None:
    with gatekeeper_thread(store.layout.root) as running, waiting(store):
        assert client.main(["--url", running.url, "status"]) == 0
        shown = capsys.readouterr().out
        assert "2026-02-01 02:00:00 UTC, the next attempt after a failure" in shown
        assert "failed, because of the schedule, a request" in shown
        assert "The table <b>is</b> empty." in shown
        metrics = plain_http.get(f"{running.url}/metrics").text
        assert "modelgate_gatekeeper_training_waiting 1.0" in metrics
        assert "modelgate_gatekeeper_training_failures 2.0" in metrics
    with gatekeeper_thread(store.layout.root) as running:
        assert client.main(["--url", running.url, "status"]) == 0
        assert "none: no process waits to train" in capsys.readouterr().out


def test_damaged_documents_are_left_out_and_reported(store: ModelStore) -> None:
    with gatekeeper_thread(store.layout.root) as running, waiting(store):
        store.layout.training_status.write_bytes(b"{")
        store.layout.training_request.write_bytes(b"[]")
        assert plain_http.get(f"{running.url}/training").json()["last_run"] is None
        assert "Train now" in page(running)
        assert plain_http.get(f"{running.url}/metrics").status_code == 200
    notes = [issue.message for issue in check_store(store) if issue.kind == "note"]
    for path in (store.layout.training_status, store.layout.training_request):
        assert any(str(path) in note for note in notes)
