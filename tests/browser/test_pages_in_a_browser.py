"""The gatekeeper's pages in a browser: by keyboard, on a phone, in light and dark."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sklearn.linear_model import LogisticRegression

from shared.contract.layout import CANDIDATES, DECISIONS, MODELS
from shared.store.store import ModelStore, open_for_writing
from tests.support.processes.wait_until import wait_for
from tests.support.stores.fake_services import worker
from tests.support.stores.gatekeeper_thread import GatekeeperThread, gatekeeper_thread
from tests.support.stores.trained import trained
from tests.support.stores.waiting_trainer import LAST, STATUS, waiting
from tests.support.tables.tables import number_features, two_blobs
from trainer.dataset.dataset import DataSchema, Dataset

HOSTILE = "\"'><img src=x onerror=hacked=1><script>hacked=1</script>"
TURNING = "\u202enames\u2066 that turn"
LONG = "long" * 30
FAILED = STATUS.model_copy(update={"last_run": LAST.model_copy(update={"message": HOSTILE})})
PHONE = {"width": 360, "height": 740}
Open = Callable[..., Page]
Shown = tuple[ModelStore, GatekeeperThread]


def hostile(data: Dataset) -> Dataset:
    """Return the same data with names that try to be code."""
    schema = DataSchema("classification", number_features((HOSTILE, LONG)), (TURNING, HOSTILE))
    return replace(data, schema=schema, source=HOSTILE, target_name=HOSTILE)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """Start a gatekeeper: hostile names are in production, refused, and await approval."""
    top = tmp_path_factory.mktemp("browser")
    store = open_for_writing(top / "store", CANDIDATES, MODELS, DECISIONS, "serving")
    data, root = hostile(two_blobs()), store.layout.root
    good, weak = LogisticRegression(), LogisticRegression(C=1e-7)
    trained(store, data, good, name=HOSTILE)
    trained(store, data, weak, name=LONG)
    trained(store, data, good, name=TURNING)
    slices = {"GATEKEEPER_SLICES": json.dumps([HOSTILE]), "GATEKEEPER_SLICE_ROWS": 1}
    with gatekeeper_thread(root, **slices):
        wait_for(lambda: len(store.decision_log().entries) == 3, "three decisions")
    for name in (HOSTILE, TURNING):
        trained(store, data, good, name=name)
    with gatekeeper_thread(root, GATEKEEPER_APPROVAL="manual") as running, waiting(store, FAILED):
        wait_for(lambda: len(store.approvals.ids()) == 2, "two candidates to wait")
        yield store, running


def pages(shown: Shown) -> dict[str, str]:
    store, running = shown
    waiting = store.approvals.ids()[0]
    first = store.decision_log().entries[0].decision.candidate_id
    paths = {
        "overview": "/",
        "decisions": "/page/decisions",
        "refused": "/page/decisions/2",
        "candidate": f"/page/candidates/{first}",
        "waiting": f"/page/candidates/{waiting}",
        "rollback": "/page/rollback/1",
        "candidates": "/page/candidates",
        "training": "/page/training",
        "compare": f"/page/compare?candidate={first}&candidate={waiting}",
    }
    return {name: running.url + path for name, path in paths.items()}


NAMES = (
    "overview",
    "decisions",
    "refused",
    "candidate",
    "waiting",
    "rollback",
    "candidates",
    "training",
    "compare",
)


SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_no_violation(shown: Shown, open_page: Open, name: str) -> None:
    page = open_page(pages(shown)[name])
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        violations: list[dict[str, Any]] = Axe().run(page).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in violations] == [], scheme


@pytest.mark.parametrize("name", NAMES)
def test_a_phone_needs_no_horizontal_scrolling(shown: Shown, open_page: Open, name: str) -> None:
    page = open_page(pages(shown)[name], viewport=PHONE)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]


def test_the_time_of_a_decision_is_visible_without_scrolling(shown: Shown, open_page: Open) -> None:
    page = open_page(pages(shown)["decisions"], viewport={"width": 1000, "height": 930})
    for time in page.locator("td.when").all():
        expect(time).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("name", NAMES)
def test_no_column_is_cut_on_a_laptop(shown: Shown, open_page: Open, name: str) -> None:
    page = open_page(pages(shown)[name], viewport={"width": 1280, "height": 900})
    for table in page.locator(".wide:visible").all():
        widths = table.evaluate("each => [each.scrollWidth, each.clientWidth]")
        assert widths[0] <= widths[1], (table.get_attribute("aria-label"), widths)


def test_on_a_phone_observed_and_required_are_under_each_check(
    shown: Shown, open_page: Open
) -> None:
    page = open_page(pages(shown)["refused"], viewport=PHONE)
    for row in page.locator(".checks tbody[role] > tr").all():
        check, observed, required = (
            row.locator(place).bounding_box()
            for place in ("> th", "> [data-label=observed]", "> [data-label=required]")
        )
        assert check
        assert observed
        assert required
        assert check["y"] + check["height"] <= observed["y"]
        assert observed["y"] + observed["height"] <= required["y"]
        assert check["x"] == observed["x"] == required["x"]


def test_a_time_is_short_and_has_its_full_form(shown: Shown, open_page: Open) -> None:
    page = open_page(pages(shown)["decisions"])
    times = page.locator("td.when time")
    assert times.count() == 3
    for time in times.all():
        expect(time).to_have_text(re.compile(r"^\d{1,2} \w{3} \d\d:\d\d$"))
        full = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        expect(time).to_have_attribute("datetime", full)


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_run_no_code(shown: Shown, open_page: Open, name: str) -> None:
    page = open_page(pages(shown)[name])
    assert page.evaluate("typeof hacked") == "undefined"
    assert page.locator("img").count() == 0
    if name != "refused":  # there it is a long name
        assert "onerror=hacked=1" in page.locator("body").inner_text()
    page.wait_for_load_state("networkidle")


def test_the_workers_refresh_without_a_reload(shown: Shown, open_page: Open) -> None:
    store, _ = shown
    page = open_page(pages(shown)["overview"])
    fleet = page.locator("#fleet")
    expect(fleet).to_contain_text("No worker has reported yet")
    store.heartbeats.write(worker("w", 2, last_error=HOSTILE))
    expect(fleet).to_contain_text("hacked=1")
    assert page.evaluate("typeof hacked") == "undefined"


def test_two_candidates_are_chosen_and_compared_without_javascript(
    shown: Shown, open_page: Open
) -> None:
    page = open_page(pages(shown)["candidates"], java_script_enabled=False)
    for place in (0, 4):
        page.get_by_role("checkbox").nth(place).check()
    page.get_by_role("button", name="Compare two chosen candidates").click()
    expect(page.locator("h1")).to_have_text("Two candidates")
    page.get_by_role("link", name="Candidates").click()
    page.get_by_label("Outcome").select_option("refused")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("checkbox")).to_have_count(1)


def test_without_javascript_only_the_refresh_is_missing(shown: Shown, open_page: Open) -> None:
    page = open_page(pages(shown)["overview"], java_script_enabled=False)
    expect(page.locator("h1")).to_contain_text("In production")
    page.get_by_role("link", name="Decision 2", exact=True).click()
    expect(page.locator("h1")).to_contain_text("refused")


def test_a_rollback_works_by_keyboard_only(shown: Shown, open_page: Open) -> None:
    """Run near the end, because it changes production."""
    store, _ = shown
    page = open_page(pages(shown)["rollback"])
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    for label in ("Reason", "Your name"):
        page.keyboard.press("Tab")
        expect(page.get_by_label(label)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Token")).to_be_focused()
    page.keyboard.type(store.layout.token.read_text().strip())
    page.keyboard.press("Tab")
    expect(page.get_by_role("button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("rolled back")
    registry = store.registry.read()
    assert registry is not None
    assert registry.version == 3


def answer(shown: Shown, page: Page, candidate_id: str, button: str) -> None:
    """Send the form after the candidate is judged against the model in production."""
    store, running = shown
    registry = store.registry.read()
    assert registry is not None
    page.goto(f"{running.url}/page/candidates/{candidate_id}")
    judged = page.get_by_text(f"against version {registry.version} and")
    wait_for(lambda: bool(page.reload()) and judged.count() == 1, "it to be judged again")
    page.get_by_label("Reason").fill(HOSTILE)
    page.get_by_label("Token").fill(store.layout.token.read_text().strip())
    page.get_by_role("button", name=button).click()


def test_a_person_rejects_and_approves_on_the_page(shown: Shown, open_page: Open) -> None:
    store, running = shown
    first, second = store.approvals.ids()
    page = open_page(running.url)
    answer(shown, page, second, "Reject")
    expect(page.locator("h1")).to_contain_text("refused")
    expect(page.locator("main")).to_contain_text(f"Rejected: {HOSTILE}")
    answer(shown, page, first, "Approve")
    expect(page.locator("h1")).to_contain_text("promoted")
    expect(page.locator("main")).to_contain_text(f"Approved: {HOSTILE}")
    assert page.evaluate("typeof hacked") == "undefined"
    wait_for(lambda: not store.approvals.ids(), "nothing to wait")
