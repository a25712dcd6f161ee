"""A model card as its readers open it: a file from a disk, without a server."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from gatekeeper.card.card import make_card
from gatekeeper.card.facts import VersionFacts
from gatekeeper.card.html import to_html
from shared.store.store import ModelStore
from tests.support.stores.hostile_version import hostile_facts, promoted_facts

Open = Callable[..., Page]
PHONE = {"width": 360, "height": 740}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("facts_of", [promoted_facts, hostile_facts], ids=["usual", "hostile"])
def test_axe_finds_no_violation_and_the_card_fits_a_phone(
    store: ModelStore,
    tmp_path: Path,
    open_page: Open,
    facts_of: Callable[[ModelStore], VersionFacts],
    scheme: str,
) -> None:
    path = tmp_path / "card.html"
    path.write_text(to_html(make_card(facts_of(store))), encoding="utf-8")
    page = open_page(path.as_uri(), color_scheme=scheme, viewport=PHONE)
    violations: list[dict[str, Any]] = Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.evaluate("typeof hacked") == "undefined"
