"""Every page and form in a browser, behind the nginx of docs/proxies.md, in both of its forms."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Response, expect
from sklearn.linear_model import LogisticRegression

from shared.contract.layout import CANDIDATES, DECISIONS, MODELS, SERVING
from shared.store.store import ModelStore, open_for_writing
from tests.support.processes.nginx import nginx_in_front
from tests.support.processes.predictor import running_predictor
from tests.support.processes.wait_until import PATIENCE_SECONDS, wait_for
from tests.support.project import ROOT
from tests.support.stores.fake_services import worker
from tests.support.stores.gatekeeper_thread import gatekeeper_thread
from tests.support.stores.trained import trained
from tests.support.stores.waiting_trainer import STATUS, waiting
from tests.support.tables.tables import two_blobs

TEXT = (ROOT / "docs" / "proxies.md").read_text()
KEPT = "\n".join(re.findall(r"```nginx\n(.*?)```", TEXT, re.DOTALL))
REMOVED = re.sub(r"proxy_pass http://[^/;]+", r"\g<0>/", KEPT)
PREDICTOR, GATEKEEPER = (
    re.findall(rf"^{name}_ROOT_PATH=(\S+)$", TEXT, re.MULTILINE)[0]
    for name in ("PREDICTOR", "GATEKEEPER")
)
Open = Callable[..., Page]


class Front(NamedTuple):
    """Both services behind nginx."""

    store: ModelStore
    predictor: str
    gatekeeper: str


@pytest.fixture(scope="module", params=[KEPT, REMOVED], ids=["kept", "removed"])
def front(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Front]:
    """Serve two versions, a refused candidate, and one that awaits approval."""
    top = tmp_path_factory.mktemp("behind-nginx")
    store = open_for_writing(top / "store", CANDIDATES, MODELS, DECISIONS, SERVING)
    root, data = store.layout.root, two_blobs()
    for model in (LogisticRegression(), LogisticRegression(C=1e-7), LogisticRegression()):
        trained(store, data, model)
    with gatekeeper_thread(root):
        wait_for(lambda: len(store.decision_log().entries) == 3, "three decisions")
    trained(store, data, LogisticRegression())
    with ExitStack() as running:
        gate = running.enter_context(
            gatekeeper_thread(root, GATEKEEPER_ROOT_PATH=GATEKEEPER, GATEKEEPER_APPROVAL="manual")
        )
        running.enter_context(waiting(store, STATUS))
        predictor = running.enter_context(
            running_predictor(store, top / "log", PREDICTOR_ROOT_PATH=PREDICTOR)
        )
        predictor.wait_until_ready()
        wait_for(lambda: len(store.approvals.ids()) == 1, "a candidate to wait")
        ports = {8000: predictor.port, 8001: urlsplit(gate.url).port or 0}
        url = running.enter_context(nginx_in_front(top, request.param, ports))
        yield Front(store, url + PREDICTOR, url + GATEKEEPER)


@pytest.fixture
def visit(open_page: Open) -> Iterator[Open]:
    """Return a function that opens a page; fail at the end if a request of the page failed."""
    wrong: list[tuple[int, str]] = []

    def opened(url: str, **options: object) -> Page:
        page = open_page("about:blank", **options)
        page.set_default_timeout(1000 * PATIENCE_SECONDS)
        own = (url[: url.index("/ml/")] + "/ml/", "data:")

        def note(response: Response) -> None:
            if response.status >= 400 or not response.url.startswith(own):
                wrong.append((response.status, response.url))

        page.on("response", note)
        page.goto(url)
        return page

    yield opened
    assert wrong == []


def links(page: Page) -> set[str]:
    found: list[str] = page.eval_on_selector_all("a[href]", "all => all.map(each => each.href)")
    return {address.partition("#")[0] for address in found}


@pytest.mark.parametrize("service", ["gatekeeper", "predictor"])
def test_every_link_leads_to_a_page_below_the_root_path(
    front: Front, visit: Open, service: str
) -> None:
    start = getattr(front, service)
    page = visit(f"{start}/")
    open_links, seen = links(page), {f"{start}/"}
    while open_links - seen:
        address = min(open_links - seen)
        seen.add(address)
        assert address.startswith(f"{start}/")
        if address.endswith(".json") or ".json?" in address:
            assert page.request.get(address).ok  # shown as a page, it would have no icon
            continue
        page.goto(address)
        styles = page.locator("link[rel=stylesheet]").count()
        assert page.evaluate("document.styleSheets.length") >= styles
        open_links |= links(page)
    kinds = {
        re.sub(r"\d+\S*", "N", urlsplit(each).path.removeprefix(urlsplit(start).path))
        for each in seen
    }
    expected = {
        "gatekeeper": {
            *("/", "/live", "/live.json", "/docs", "/page/decisions", "/page/decisions/N"),
            *("/page/candidates", "/page/candidates/N", "/page/training", "/page/rollback/N"),
            "/page/compare",
        },
        "predictor": {"/", "/docs"},
    }
    # The script of /docs shows its document sooner or later.
    assert kinds - {"/openapi.json"} == expected[service]


@pytest.mark.parametrize("has_script", [True, False])
def test_the_form_of_the_predictor_predicts(front: Front, visit: Open, has_script: bool) -> None:
    page = visit(front.predictor, java_script_enabled=has_script)
    page.locator("#f0").fill("0.25")
    page.get_by_role("button", name="Predict").click()
    expect(page.locator("#answer")).to_contain_text("Answered by version")
    assert urlsplit(page.url).path.startswith(PREDICTOR)
    expect(page.locator("#f0")).to_have_value("0.25")
    page.get_by_role("link", name="example row").click()
    expect(page.locator("#f0")).not_to_have_value("0.25")


@pytest.mark.parametrize("service", ["gatekeeper", "predictor"])
def test_the_documentation_sends_requests_below_the_root_path(
    front: Front, visit: Open, service: str
) -> None:
    page = visit(f"{getattr(front, service)}/docs")
    page.locator("[id$=livez_livez_get]").get_by_role("button").first.click()
    page.get_by_role("button", name="Try it out").click()
    with page.expect_response(lambda response: response.url.endswith("/livez")) as found:
        page.get_by_role("button", name="Execute").click()
    assert found.value.url == f"{getattr(front, service)}/livez"
    assert found.value.json() == {"status": "live"}


def test_the_script_refreshes_the_workers(front: Front, visit: Open) -> None:
    page = visit(f"{front.gatekeeper}/")
    fleet = page.locator("#fleet")
    expect(fleet).not_to_contain_text("newcomer")
    front.store.heartbeats.write(worker("newcomer", 2))
    expect(fleet).to_contain_text("newcomer")


def test_a_filter_and_a_comparison_stay_below_the_root_path(front: Front, visit: Open) -> None:
    page = visit(f"{front.gatekeeper}/page/candidates", java_script_enabled=False)
    for place in (0, 1):
        page.get_by_role("checkbox").nth(place).check()
    page.get_by_role("button", name="Compare two chosen candidates").click()
    expect(page.locator("h1")).to_have_text("Two candidates")
    page.get_by_role("link", name="Candidates").click()
    page.get_by_label("Outcome").select_option("refused")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("checkbox")).to_have_count(1)
    assert urlsplit(page.url).path == f"{GATEKEEPER}/page/candidates"


def test_a_person_requests_a_training(front: Front, visit: Open) -> None:
    page = visit(f"{front.gatekeeper}/page/training")
    page.get_by_label("Token").fill(front.store.layout.token.read_text().strip())
    page.get_by_role("button").click()
    expect(page.locator("h1")).to_be_visible()
    assert urlsplit(page.url).path == f"{GATEKEEPER}/page/training"


def decide(page: Page, store: ModelStore, button: str) -> None:
    """Send a form with the token, and expect the page of the decision."""
    before = len(store.decision_log().entries)
    page.get_by_label("Token").fill(store.layout.token.read_text().strip())
    page.get_by_role("button", name=button).click()
    page.wait_for_url(f"**{GATEKEEPER}/page/decisions/{before + 1}")
    assert len(store.decision_log().entries) == before + 1


def test_a_person_approves_and_rolls_back(front: Front, visit: Open) -> None:
    """Run near the end, because it changes production."""
    (candidate,) = front.store.approvals.ids()
    page = visit(f"{front.gatekeeper}/page/candidates/{candidate}")
    page.get_by_label("Reason").fill("seen")
    decide(page, front.store, "Approve: promote it")
    page.get_by_role("link", name="Modelgate").click()
    page.get_by_role("link", name="roll back to v1").click()
    decide(page, front.store, "Roll back to v1")
    expect(page.locator("h1")).to_contain_text("rolled back")


def test_a_wrong_token_gets_a_page_with_a_way_back(front: Front, browser: Browser) -> None:
    """Use no `open_page`: for status 403, the browser itself logs an error."""
    page = browser.new_page()
    page.set_default_timeout(1000 * PATIENCE_SECONDS)
    page.goto(f"{front.gatekeeper}/page/rollback/1")
    page.get_by_label("Token").fill("a wrong token of many letters")
    page.get_by_role("button", name="Roll back").click()
    expect(page.locator("body")).to_contain_text("The token is wrong")
    page.get_by_role("link", name="see what is in production").click()
    assert page.url == f"{front.gatekeeper}/"
    page.close()
