"""The forms of the pages: rollback, approval and rejection, over HTTP with a real store."""

import html

import httpx
from sklearn.linear_model import LogisticRegression

from shared.contract.layout import MANIFEST
from shared.store.store import ModelStore
from tests.support.http import plain_http
from tests.support.models.toy import toy_model
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import promote
from tests.support.stores.gatekeeper_thread import GatekeeperThread, gatekeeper_thread
from tests.support.stores.trained import trained
from tests.support.tables.tables import two_blobs


def get(running: GatekeeperThread, path: str) -> str:
    answer = plain_http.get(f"{running.url}{path}")
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def token(store: ModelStore) -> str:
    return store.layout.token.read_text().strip()


def test_the_rollback_form_needs_the_token_and_rolls_back(store: ModelStore) -> None:
    for bias in (0.0, 1.0):
        promote(store, toy_model(bias=bias))
    with gatekeeper_thread(store.layout.root) as running:
        assert 'type="password"' in get(running, "/page/rollback/1")
        url, good = f"{running.url}/page/rollback", token(store)

        def post(**fields: str) -> httpx.Response:
            return plain_http.post(url, data=fields)

        assert post(version="1").status_code == 403
        wrong = post(version="1", token=good[::-1])
        assert (wrong.status_code, "Nothing was changed" in wrong.text) == (403, True)
        assert post(token=good).status_code == 422
        assert post(version="one", token=good).status_code == 422
        assert post(version="7", token=good).status_code == 404
        assert post(version="2", token=good).status_code == 409
        assert post(version="1", token=good, **{f"x{i}": "" for i in range(9)}).status_code == 422
        assert plain_http.post(url, content=b"\xff\xfe").status_code == 422
        assert plain_http.post(url, content=b"x" * 100_000).status_code == 413
        assert len(store.decision_log().entries) == 2
        done = post(version="1", reason="<too> many refunds", by="", token=f" {good}\n")
        assert (done.status_code, done.headers["location"]) == (303, "/page/decisions/3")
        assert "rolled back" in get(running, "/page/decisions/3")
        shown = plain_http.get(f"{running.url}/page/decisions/3").text
        assert "<dd>&lt;too&gt; many refunds</dd>" in shown
    decision = store.decision_log().entries[-1].decision
    assert (decision.reason, decision.decided_by) == ("<too> many refunds", None)


def test_a_candidate_is_approved_or_rejected_on_its_page(store: ModelStore) -> None:
    ids = [trained(store, two_blobs(seed=seed), LogisticRegression()) for seed in (0, 0)]
    with gatekeeper_thread(store.layout.root, GATEKEEPER_APPROVAL="manual") as running:
        wait_for(lambda: len(store.approvals.ids()) == 2, "both candidates to be judged")
        assert all(f"/page/candidates/{name}" in get(running, "/") for name in ids)
        text = get(running, f"/page/candidates/{ids[0]}")
        assert "Approve: promote it" in text
        assert "Compared with production" in text

        def post(name: str, answer: str, **fields: str) -> int:
            url = f"{running.url}/page/candidates/{name}/{answer}"
            return plain_http.post(url, data=fields).status_code

        good = token(store)
        assert post(ids[0], "approve", reason="seen") == 403
        assert post(ids[0], "approve", reason=" ", token=good) == 422
        assert post(ids[0], "delete", reason="seen", token=good) == 422
        assert post(ids[1], "reject", reason="größer, später", token=good) == 303
        assert post(ids[0], "approve", reason="seen", token=good) == 303
        assert post(ids[0], "approve", reason="seen", token=good) == 409
        assert "Rejected: größer, später" in get(running, "/page/decisions/1")
        assert "Approve: promote it" not in get(running, f"/page/candidates/{ids[0]}")


def test_a_candidate_whose_manifest_is_damaged_later_is_still_shown(store: ModelStore) -> None:
    name = trained(store, two_blobs(), LogisticRegression())
    with gatekeeper_thread(store.layout.root, GATEKEEPER_APPROVAL="manual") as running:
        wait_for(lambda: store.approvals.ids() == (name,), "the candidate to be judged")
        (store.layout.candidate(name) / MANIFEST).write_bytes(b"{")
        page = get(running, f"/page/candidates/{name}")
        assert "is not strict JSON" in page
        assert "Approve: promote it" in page
