"""The gatekeeper's pages, over HTTP with a real store."""

import html
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from html import unescape
from typing import get_args

import pytest
from sklearn.linear_model import LogisticRegression

from gatekeeper.pages.rendering import STATIC
from gatekeeper.pages.routes import DECISIONS_PER_PAGE
from gatekeeper.policy.check_names import check_title
from shared.contract.documents import JSON_MEDIA_TYPE, Outcome
from shared.contract.layout import CANDIDATES, DECISIONS, MODELS, REPORT
from shared.http.safe_headers import HEADERS
from shared.store.store import ModelStore, open_for_writing
from tests.support.http import plain_http
from tests.support.models.lookup import candidate_on, lookup_model
from tests.support.models.toy import toy_model
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import promote, toy_candidate
from tests.support.stores.gatekeeper_thread import GatekeeperThread, gatekeeper_thread
from tests.support.stores.gatekeeping import weak_candidate, with_file
from tests.support.stores.live_answers import answered_rows
from tests.support.stores.logged_rows import write_rows
from tests.support.stores.trained import trained
from tests.support.tables.tables import two_blobs

Start = Callable[..., AbstractContextManager[GatekeeperThread]]
Served = tuple[ModelStore, GatekeeperThread, str]


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Served]:
    """Start a gatekeeper with a trained model in production and a refused candidate."""
    top = tmp_path_factory.mktemp("pages")
    store = open_for_writing(top / "store", CANDIDATES, MODELS, DECISIONS)
    candidate_id = trained(store, two_blobs(), LogisticRegression(), name="blobs")
    weak_candidate().publish(store)
    slices = {"GATEKEEPER_SLICES": "width", "GATEKEEPER_SLICE_ROWS": 5}
    with gatekeeper_thread(store.layout.root, **slices) as running:
        wait_for(lambda: len(store.decision_log().entries) == 2, "two decisions")
        yield store, running, candidate_id


@pytest.fixture
def start(store: ModelStore) -> Start:
    """Return a function that starts a gatekeeper on this test's own store."""

    @contextmanager
    def started(**variables: object) -> Iterator[GatekeeperThread]:
        with gatekeeper_thread(store.layout.root, **variables) as running:
            yield running

    return started


def get(running: GatekeeperThread, path: str, status: int = 200) -> str:
    answer = plain_http.get(f"{running.url}{path}")
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return html.unescape(answer.text)


def token(store: ModelStore) -> str:
    return store.layout.token.read_text().strip()


def test_the_first_page_says_what_is_in_production_and_why(
    served: Served,
) -> None:
    store, running, candidate_id = served
    text = get(running, "/")
    registry = store.registry.read()
    assert registry is not None
    for shown in ("v1", "blobs", registry.digest, f"/page/candidates/{candidate_id}"):
        assert shown in text
    assert "no model was in production to compare with" in text
    assert "/page/decisions?outcome=refused" in text
    assert text.count('role="img"') == 1
    assert "in production now: v1" in text
    assert "weak" in text


def test_before_the_first_promotion_the_page_says_what_to_do(start: Start) -> None:
    with start() as running:
        text = get(running, "/")
        assert "Nothing is in production yet" in text
        assert "make retrain" in text
        assert "There are no such decisions." in get(running, "/page/decisions")


def test_pages_run_and_load_only_files_of_the_gatekeeper(
    served: Served,
) -> None:
    _, running, candidate_id = served
    paths = ["/", "/page/fleet", "/page/decisions", "/page/decisions/1", "/page/decisions/99"]
    paths += [f"/page/candidates/{candidate_id}", "/page/rollback/1", "/live"]
    paths += [f"/page/static/{name}" for name in STATIC]
    for path in paths:
        answer = plain_http.get(f"{running.url}{path}")
        assert answer.headers.items() >= {k.lower(): v for k, v in HEADERS.items()}.items(), path
        assert "'unsafe-inline'" not in answer.headers["content-security-policy"]
        assert "http://" not in answer.text.replace("http://www.w3.org/", "")
        assert "https://" not in answer.text
        assert not re.search(r"<[^>]*\s(style|on\w+)=", answer.text), path


def test_a_decision_shows_every_check_and_failed_checks_first(
    served: Served,
) -> None:
    store, running, _ = served
    decision = store.decision_log().entries[1].decision
    text = unescape(get(running, "/page/decisions/2"))
    for check in decision.checks:
        assert check_title(check.name) in text
        assert check.message in text
    assert 0 < text.index("✗ failed") < text.index("✓ passed")
    refused = get(running, "/page/decisions?outcome=refused")
    assert all(failed.message in refused for failed in decision.failed)
    linked = re.findall(r'href="/page/decisions\?outcome=(\w+)"', refused.partition("<h1>")[2])
    assert tuple(linked) == get_args(Outcome)


def test_a_candidate_is_shown_with_its_report(
    served: Served,
) -> None:
    _, running, candidate_id = served
    text = get(running, f"/page/candidates/{candidate_id}")
    for shown in ("Confusion matrix", "Feature importance", "Calibration"):
        assert shown in text
    assert (
        text.index("<h1>") < text.index("Compared with production") < text.index("On the holdout")
    )


def test_slices_are_a_table_on_the_pages_of_decision_and_candidate(
    served: Served,
) -> None:
    store, running, candidate_id = served
    decision = store.decision_log().entries[0].decision
    (slices,) = (check.observed for check in decision.checks if check.name == "slice-drop")
    assert len(slices) == 4, "quarters"
    for path in ("/page/decisions/1", f"/page/candidates/{candidate_id}"):
        text = get(running, path)
        table = text[text.index('<table class="inner">') :].partition("</table>")[0]
        assert re.findall(r"<th scope[^>]*>([^<]*)", table) == list(slices[0])
        assert [f">{each['value']}<" in table for each in slices] == [True] * 4


def test_results_on_live_rows_are_on_the_pages_of_decision_and_candidate(
    store: ModelStore, start: Start
) -> None:
    champion = lookup_model({"Bonn": "no", "Oslo": "yes"})
    challenger = lookup_model({"Bonn": "no", "Oslo": "yes"}, unseen="yes")
    promote(store, champion)
    cities = [{"city": city} for city in ["Bonn"] * 30 + ["Rome"] * 10]
    write_rows(store.layout, answered_rows(champion, cities))
    candidate_id = candidate_on(challenger, [("Bonn", "no"), ("Oslo", "yes")]).publish(store)
    with start(GATEKEEPER_SLICE_ROWS=5) as running:
        wait_for(lambda: len(store.decision_log().entries) == 2, "the decision")
        for path in ("/page/decisions/2", f"/page/candidates/{candidate_id}"):
            text = get(running, path)
            assert "Most change where 'city' is 'Rome' (100 % of 10)." in text
            assert "The model answers 40 logged rows from production." in text
            assert re.search(r">Rome</td><td class=\"number\">10</td>", text)


def test_a_candidate_without_a_report_is_shown_with_the_reason(
    served: Served,
) -> None:
    store, running, _ = served
    refused = store.decision_log().entries[1].decision.candidate_id
    text = get(running, f"/page/candidates/{refused}")
    assert "names no file report.json" in text
    assert "by decision 2" in re.sub("<[^>]*>", "", text)


@pytest.mark.parametrize(
    "report",
    [b"", b"{", b'{"format_version": 1, "rows": -1}', b"[" * 100_000],
    ids=["empty", "cut off", "invalid", "deep"],
)
def test_a_report_that_is_not_valid_is_reported_on_the_page(
    start: Start, store: ModelStore, report: bytes
) -> None:
    candidate = with_file(toy_candidate(), REPORT, JSON_MEDIA_TYPE, report)
    candidate_id = candidate.publish(store)
    with start() as running:
        assert "Its report cannot be read" in get(running, f"/page/candidates/{candidate_id}")


def test_a_long_log_is_shown_in_pages(start: Start, store: ModelStore) -> None:
    model = toy_model()
    for _ in range(DECISIONS_PER_PAGE + 5):
        promote(store, model)
    with start() as running:
        first = get(running, "/page/decisions?outcome=promoted")
        assert first.count('scope="row"') == DECISIONS_PER_PAGE
        older = re.search(r'rel="next" href="([^"]*)"', first)
        assert older is not None
        rest = get(running, older[1])
        assert (rest.count('scope="row"'), "Older" in rest) == (5, False)


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/page/decisions/99", 404, "There is no decision 99; the log ends at 2."),
        ("/page/decisions/zero", 422, "valid integer"),
        ("/page/decisions?outcome=lost", 422, "'refused'"),
        ("/page/candidates/20010101T000000000000Z-00000000", 404, "There is no candidate"),
        ("/page/rollback/9", 404, "There is no version 9."),
        ("/page/static/token", 404, "There is no file token."),
    ],
)
def test_errors_are_pages_with_the_status_of_the_api(
    served: Served, path: str, status: int, said: str
) -> None:
    answer = plain_http.get(f"{served[1].url}{path}")
    assert answer.status_code == status
    assert said in html.unescape(answer.text)


def test_an_address_without_a_page_is_a_page_that_says_so(served: Served) -> None:
    _, running, _ = served
    for path in ("/page/nothing", "/page/", "/page/decisions/1/more"):
        text = get(running, path, status=404)
        assert "<!doctype html>" in text.lower(), path
        assert "No page has this address: " in text, path


def test_a_log_that_cannot_be_read_is_reported_on_a_page(start: Start, store: ModelStore) -> None:
    promote(store, toy_model())
    with start() as running:
        store.layout.decision(2).write_bytes(b"{")
        assert "The decision log cannot be read" in get(running, "/", 500)


def test_pages_are_not_in_the_openapi_document(
    served: Served,
) -> None:
    paths = plain_http.get(f"{served[1].url}/openapi.json").json()["paths"]
    assert not [path for path in paths if path.startswith("/page") or path == "/"]
