"""The predictor's form in a browser: by keyboard, on a phone, in light and dark."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Literal

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from shared.contract.documents import Feature
from tests.support.models.wide import wide_model
from tests.support.processes.predictor import served_model

HOSTILE = "\"'><img src=x onerror=hacked=1><script>hacked=1</script>"
TURNING = "\u202enames\u2066 that turn"
LONG = "long" * 32
TOWNS = tuple(sorted(f"town {number:04}" for number in range(3000)))
NOTES = (
    *("\n\nlast", "\nfirst\r\n\nlast\r", "a\nb", "a\u2028b"),
    *(f"note {number}" for number in range(10, 60)),
)
FEATURES = (
    Feature(name=HOSTILE, type="number", minimum=-3.0, maximum=3.0),
    Feature(name=LONG, type="boolean"),
    Feature(name=TURNING, type="category", categories=(HOSTILE, "two\nlines", TURNING)),
    Feature(name="town", type="category", categories=TOWNS),
    Feature(name="note", type="category", categories=NOTES),
    *(Feature(name=f"feature {place}", type="number") for place in range(295)),
)
CLASSES = (HOSTILE, TURNING, LONG, *(f"class {number}" for number in range(47)))
PHONE = {"width": 360, "height": 740}
Scheme = Literal["light", "dark"]
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a model of 300 features and 50 classes whose names try to be code."""
    rows = np.tile(np.linspace(-1, 1, len(FEATURES)), (2, 1))
    rows[:, 1:5] = 1.0
    model = wide_model(FEATURES, CLASSES, rows)
    with served_model(tmp_path_factory.mktemp("form"), model, HOSTILE) as predictor:
        yield predictor.url


def require_accessible(page: Page, *schemes: Scheme) -> None:
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        violations: list[dict[str, Any]] = Axe().run(page).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in violations] == [], scheme


def predict(page: Page) -> None:
    with page.expect_navigation():  # an answer of the page before would be found too
        page.get_by_role("button", name="Predict").click()
    expect(page.locator("#answer")).to_be_in_viewport()


def test_the_example_row_is_answered_on_a_phone(url: str, open_page: Open) -> None:
    page = open_page(url, viewport=PHONE)
    expect(page.locator(".fields label")).to_have_count(300)
    predict(page)
    page.locator("summary").first.click()
    require_accessible(page, "light", "dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    expect(page.locator(".bars li")).to_have_count(50)
    expect(page.locator("#answer")).to_contain_text("40 more classes")
    expect(page.locator("#answer")).to_contain_text("Answered by version 1")


def test_hostile_names_are_shown_and_run_no_code(url: str, open_page: Open) -> None:
    page = open_page(url)
    names = [HOSTILE, LONG, TURNING, "town"]
    assert page.locator("label").all_inner_texts()[:4] == names
    predict(page)
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    assert {HOSTILE, TURNING, LONG} <= set(page.locator(".bars .name").all_inner_texts())
    assert page.evaluate("typeof hacked") == "undefined"
    assert page.locator("img, script").count() == 0


def test_each_kind_of_field_is_used_by_keyboard_without_javascript(
    url: str, open_page: Open
) -> None:
    page = open_page(url, java_script_enabled=False)
    for name in ("Skip to the content", "Modelgate", "API", "example row"):
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name=name)).to_be_focused()
    for place in range(4):
        page.keyboard.press("Tab")
        expect(page.locator(f"#f{place}")).to_be_focused()
    page.locator("#f0").fill("-2.5")
    page.locator("#f1").select_option("false")
    page.locator("#f2").select_option(index=1)
    page.locator("#f3").fill("town 0007")
    page.locator("#f3").press("Enter")
    request = page.locator("#answer code").first
    expect(request).to_contain_text("town 0007")
    sent = [*json.loads(request.text_content() or "")["features"].values()]
    assert sent[:4] == [-2.5, False, "two\nlines", "town 0007"]
    expect(page.locator("#f0")).to_have_value("-2.5")
    expect(page.locator("#f2")).to_have_value("two\nlines")
    page.get_by_role("link", name="example row").click()
    expect(page.locator("#f0")).to_have_value("-1")


def test_a_category_of_several_lines_is_sent_as_it_is(url: str, open_page: Open) -> None:
    page = open_page(url)
    assert page.locator("#f4").input_value() == "\nfirst\n\nlast\n"
    for text, sent in [(None, NOTES[1]), ("a\nb", "a\nb"), ("new\nnote\n", "new\nnote\n")]:
        if text is not None:
            page.locator("#f4").fill(text)
        predict(page)
        shown = page.locator("#answer code").first.text_content() or ""
        assert json.loads(shown)["features"]["note"] == sent
        assert page.locator("#f4").input_value() == re.sub("\r\n?", "\n", sent)


def test_each_wrong_value_is_explained_beside_its_field(browser: Any, url: str) -> None:
    """Use no `open_page`: for status 422, the browser itself logs an error."""
    page = browser.new_page(viewport=PHONE)
    page.goto(url)
    page.locator("#f0").fill("2,5")
    page.locator("#f299").fill("")
    predict(page)
    expect(page.locator("#answer")).to_contain_text("2 values are wrong")
    mistakes = page.locator(".bad").all_inner_texts()
    assert mistakes[0] == ("Must be a number; found '2,5'. Write a point instead of the comma.")
    assert mistakes[1].startswith("Must be a number; found an empty string")
    expect(page.locator("#f0")).to_have_value("2,5")
    described = page.locator("#f0").get_attribute("aria-describedby")
    assert described == "f0-note f0-mistake"
    require_accessible(page, "dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.locator("#answer a").last.click()
    expect(page.locator("#f299")).to_be_in_viewport(ratio=1)
    page.close()
