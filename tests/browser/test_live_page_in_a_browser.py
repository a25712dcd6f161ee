"""The page of live counts in a browser: by keyboard, on a phone, in light and dark."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from gatekeeper.api.live_answers import INCOMPLETE
from shared.contract.layout import ARTEFACT, DECISIONS, MODELS
from shared.live.drift_record import DriftedPart, DriftRecord
from shared.prediction_log.logged_row import LoggedAnswer
from shared.store.durable_write import replace_file
from shared.store.store import ModelStore, open_for_writing
from tests.support.http import plain_http
from tests.support.models.toy import ToyModel, toy_model
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import promote
from tests.support.stores.gatekeeper_thread import gatekeeper_thread
from tests.support.stores.live_hours import Traffic, reference_of, write_hours, write_reference
from tests.support.stores.logged_rows import make_row, write_labels, write_rows

HOSTILE = "\"'><img src=x onerror=hacked=1><script>hacked=1</script>"
TURNING = "\u202enames\u2066 that turn"
LONG = "long" * 32
FEATURES = (HOSTILE, LONG, TURNING, *(f"feature {place}" for place in range(297)))
CLASSES = (HOSTILE, TURNING, LONG, *(f"class {number}" for number in range(47)))
PHONE = {"width": 360, "height": 740}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
Open = Callable[..., Page]


def name_classes(bias: float) -> ToyModel:
    """Make a model whose features and classes try to be code."""
    model = toy_model([1.0] * len(FEATURES), bias, features=FEATURES)
    artefact = model.artefact.model_copy(update={"classes": CLASSES})
    return ToyModel({**model.files, ARTEFACT: artefact.encode()}, artefact)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a gatekeeper whose 300 features and 50 classes try to be code; return its page."""
    root = tmp_path_factory.mktemp("live") / "store"
    store = open_for_writing(root, MODELS, DECISIONS)
    models = [name_classes(bias) for bias in (1.0, 0.0)]
    before, now = [promote(store, model, HOSTILE) for model in models]
    reference = reference_of(models[0].artefact)
    for each in (before, now):
        write_reference(store, each.digest, reference)
    until = datetime.now(UTC)
    write_hours(
        store,
        [Traffic.of(before, reference, failed=1)],
        hours=60,
        until=until - timedelta(hours=2),
    )
    write_hours(store, [Traffic.of(now, reference, failed=9, shifted=(0, 1))], hours=2, until=until)
    drifted = tuple(
        DriftedPart(
            part="values", feature=name, stability_index=0.5, p_value=0.0, rows=600, since=until
        )
        for name in (*FEATURES[:2], None)
    )
    record = DriftRecord(checked_at=until, version=2, not_checked=None, drifted=drifted, events=())
    replace_file(store.layout.drift, record.encode())
    label_rows(store, before.version, lambda _place: 0)
    label_rows(store, now.version, lambda place: place % 3 if place > 20 else 0)
    with gatekeeper_thread(root) as running:

        def is_read() -> bool:
            text = plain_http.get(f"{running.url}/live.json").text
            return "labelled rows; on" in text and INCOMPLETE not in text

        wait_for(is_read, "a live score and all counts")
        yield f"{running.url}/live"


def label_rows(store: ModelStore, version: int, find_label: Callable[[int], int]) -> None:
    """Write 200 logged rows of *version*, and a label for each."""
    names = (HOSTILE, TURNING, LONG)
    answers = [LoggedAnswer(place % 3, names[place % 3]) for place in range(200)]
    rows = [
        make_row(f"{version}-{place}", place, version=version, answer=answer)
        for place, answer in enumerate(answers)
    ]
    write_rows(store.layout, rows)
    labels = [(f"{version}-{place}", names[find_label(place)]) for place in range(200)]
    write_labels(store.layout, labels)


def open_details(page: Page) -> None:
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")


@pytest.mark.parametrize(
    "query", ["range=hour&find=long", "range=day&find=turn", "range=month&first=31"]
)
def test_axe_finds_no_violation(url: str, open_page: Open, query: str) -> None:
    page = open_page(f"{url}?{query}")
    open_details(page)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        violations: list[dict[str, Any]] = Axe().run(page).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in violations] == [], scheme


@pytest.mark.parametrize("width", [PHONE["width"], 1280])
def test_nothing_is_wider_than_the_screen(url: str, open_page: Open, width: int) -> None:
    page = open_page(url, viewport={"width": width, "height": 740})
    open_details(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for chart in page.locator("svg.plot[role=img]").all():
        box = chart.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width


def test_hostile_names_are_shown_and_run_no_code(url: str, open_page: Open) -> None:
    page = open_page(url)
    open_details(page)
    assert page.evaluate("typeof hacked") == "undefined"
    assert page.locator("img").count() == 0
    headings = page.locator("h3").all_inner_texts()
    assert headings[:3] == [HOSTILE, LONG, TURNING], "those that drift come first"
    legend = page.locator(".legend").all_inner_texts()
    assert any("onerror=hacked=1" in each for each in legend)


def test_scores_by_labels_are_shown_with_their_interval(url: str, open_page: Open) -> None:
    page = open_page(url)
    section = page.locator("section", has=page.locator("#live-score"))
    first, second = section.locator("p").all_inner_texts()[:2]
    assert first.startswith("v2 has accuracy 0.9300 on 200 labelled rows")
    assert second.startswith("v1 has no live score. All 200 labels are ")
    assert HOSTILE[:20] in second
    section.locator("summary").click()
    cells = section.locator("tbody tr th, tbody tr td").all_inner_texts()
    assert cells[:5] == ["v2", "0.9300", "0.8859 to 0.9578", "1.0000", "200"]


def test_each_chart_has_its_numbers_as_text(url: str, open_page: Open) -> None:
    page = open_page(url)
    for chart in page.locator("svg.plot[role=img]").all():
        assert chart.get_attribute("aria-label")
    charts = page.locator(".cards > li, #predictions ~ .charts figure").count()
    assert page.locator("summary").filter(has_text="Numbers of").count() >= charts
    card = page.locator(".cards > li").first
    card.locator("summary").click()
    cells = card.locator("tbody tr").nth(8).locator("th, td").all_inner_texts()
    assert cells == ["0.8 to 1.2", "8.8 %", "100.0 %"]


def test_ranges_and_features_work_by_keyboard_without_javascript(url: str, open_page: Open) -> None:
    page = open_page(url, java_script_enabled=False)
    for name in ("Skip to the content", "Modelgate", "Live", "Candidates", "Decisions"):
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name=name, exact=True)).to_be_focused()
    month = page.get_by_role("link", name="30 days")
    month.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="30 days")).to_have_attribute("aria-current", "page")
    page.get_by_role("link", name="Further features").press("Enter")
    expect(page.locator(".cards h3").first).to_have_text(FEATURES[30])
    expect(page.locator(".cards > li")).to_have_count(30)
    page.get_by_label("Name contains").fill("TURN")
    page.keyboard.press("Enter")
    expect(page.locator("h3")).to_have_text([TURNING])
    expect(page.get_by_role("link", name="30 days")).to_have_attribute("aria-current", "page")
