"""The pages of candidates: the list with its filters, and two candidates side by side."""

import html
import re
from collections.abc import Iterator

import pytest
from sklearn.linear_model import LogisticRegression

from gatekeeper.pages.candidate_list import PER_PAGE
from shared.contract.layout import CANDIDATES, DECISIONS, MODELS
from shared.store.store import ModelStore, open_for_writing
from tests.support.http import plain_http
from tests.support.models.toy import toy_model
from tests.support.stores.builders import promote
from tests.support.stores.gatekeeper_thread import GatekeeperThread, gatekeeper_thread
from tests.support.stores.gatekeeping import gatekeeper_of, weak_candidate
from tests.support.stores.trained import trained
from tests.support.tables.tables import two_blobs

Served = tuple[GatekeeperThread, list[str]]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve four decided candidates: a model, the same again, a weak one, and another."""
    root = tmp_path_factory.mktemp("candidates") / "store"
    store = open_for_writing(root, CANDIDATES, MODELS, DECISIONS)
    ids = [trained(store, two_blobs(), LogisticRegression(), name="blobs") for _ in range(2)]
    ids.append(weak_candidate().publish(store))
    ids.append(trained(store, two_blobs(), LogisticRegression(C=0.5), name="<b>other"))
    gatekeeper_of(store).poll()
    with gatekeeper_thread(root) as running:
        yield running, ids


def get(running: GatekeeperThread, path: str, status: int = 200) -> str:
    answer = plain_http.get(f"{running.url}{path}")
    assert answer.status_code == status, answer.text
    return answer.text


def listed(page: str) -> list[str]:
    return re.findall(r'name="candidate" value="([^"]*)"', page)


def test_all_candidates_are_listed_newest_first(served: Served) -> None:
    running, ids = served
    page = get(running, "/page/candidates")
    assert listed(page) == ids[::-1]
    assert page.count("the same model as v1") == 1
    assert "&lt;b&gt;other" in page
    assert 'href="/page/candidates"' in get(running, "/")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("model=blobs", [1, 0]),
        ("outcome=refused", [2]),
        ("model=blobs&outcome=refused", []),
        ("outcome=pending", []),
        ("since=2001-01-01&until=2001-12-31", []),
        ("until=0999-12-31", []),
        ("since=0999-12-31", [3, 2, 1, 0]),
        ("since=2001-01-01&until=2999-12-31&model=&outcome=", [3, 2, 1, 0]),
    ],
)
def test_filters_select_by_model_date_and_outcome(
    served: Served, query: str, expected: list[int]
) -> None:
    running, ids = served
    page = get(running, f"/page/candidates?{query}")
    assert listed(page) == [ids[place] for place in expected]
    assert ("There are no such candidates." in page) == (not expected)


def test_a_filter_that_is_not_valid_is_an_error_page(served: Served) -> None:
    assert "Not valid" in get(served[0], "/page/candidates?since=yesterday", 422)
    assert "Not valid" in get(served[0], "/page/candidates?outcome=lost", 422)


def test_a_long_list_is_shown_in_pages_with_its_filter(store: ModelStore) -> None:
    model = toy_model()
    for _ in range(PER_PAGE + 3):
        promote(store, model, "toy & co")
    with gatekeeper_thread(store.layout.root) as running:
        first = get(running, "/page/candidates?model=toy+%26+co")
        older = re.search(r'rel="next" href="([^"]*)"', first)
        assert older is not None
        rest = get(running, html.unescape(older[1]))
        assert (len(listed(first)), len(listed(rest)), 'rel="next"' in rest) == (PER_PAGE, 3, False)
        assert "removed from the store" in first


def test_two_candidates_are_compared_in_one_picture(served: Served) -> None:
    running, ids = served
    page = get(running, f"/page/compare?candidate={ids[0]}&candidate={ids[3]}")
    assert "Both were scored on the same rows." in page
    assert page.count('role="img"') == 3
    assert all(f"/page/candidates/{ids[place]}" in page for place in (0, 3))
    assert "A: blobs" in page
    assert "B: &lt;b&gt;other" in page
    assert "They are the same model" not in page
    assert re.search(r">C</th>.*?1\.0.*?0\.5", page, re.DOTALL)


def test_identical_candidates_are_called_the_same_model(served: Served) -> None:
    running, ids = served
    page = get(running, f"/page/compare?candidate={ids[0]}&candidate={ids[1]}")
    assert "They are the same model, byte for byte." in page
    assert "It is the same model as v1, byte for byte." in get(running, "/page/decisions/2")
    assert "GATEKEEPER_SKIP_IDENTICAL=true" in get(running, "/page/decisions/2")
    assert "It is the same model as v1" in get(running, f"/page/candidates/{ids[1]}")


def test_a_candidate_without_a_report_is_compared_without_curves(served: Served) -> None:
    running, ids = served
    page = get(running, f"/page/compare?candidate={ids[2]}&candidate={ids[0]}")
    assert "The report of A cannot be shown" in page
    assert 'role="img"' not in page


@pytest.mark.parametrize("chosen", [[], [0], [0, 0], [0, 1, 2]])
def test_exactly_two_candidates_must_be_chosen(served: Served, chosen: list[int]) -> None:
    running, ids = served
    query = "&".join(f"candidate={ids[place]}" for place in chosen)
    page = get(running, f"/page/compare?{query}", 422)
    assert f"Choose two candidates to compare, not {len(set(chosen))}." in page


def test_a_candidate_that_is_chosen_twice_counts_once(served: Served) -> None:
    running, ids = served
    query = "&".join(f"candidate={ids[place]}" for place in (0, 0, 3))
    assert "B: &lt;b&gt;other" in get(running, f"/page/compare?{query}")


def test_an_unknown_candidate_cannot_be_compared(served: Served) -> None:
    running, ids = served
    unknown = "20010101T000000000000Z-00000000"
    page = get(running, f"/page/compare?candidate={ids[0]}&candidate={unknown}", 404)
    assert f"There is no candidate {unknown}" in page


def test_the_curves_of_production_are_in_the_report_of_a_challenger(served: Served) -> None:
    running, ids = served
    page = get(running, f"/page/candidates/{ids[3]}")
    assert page.count("production then: v2, blobs") == 3
    assert "from its own report on the same rows" in page
    assert f"/page/compare?candidate={ids[3]}&amp;candidate={ids[1]}" in page
    assert "production then: v" not in get(running, f"/page/candidates/{ids[0]}")
