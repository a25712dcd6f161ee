"""A model card says what the store knows about a version, and what it does not know any more."""

import html
import re
import shutil
from pathlib import Path

import pytest

from gatekeeper.card import __main__ as command
from gatekeeper.card.card import make_card
from gatekeeper.card.facts import find_facts
from gatekeeper.card.html import to_html
from gatekeeper.card.markdown import to_markdown
from gatekeeper.decisions.rollback import roll_back
from shared.errors import VersionNotFoundError
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.project import ROOT
from tests.support.stores.builders import toy_candidate
from tests.support.stores.gatekeeping import gatekeeper_of
from tests.support.stores.hostile_version import HOSTILE, hostile_facts, promoted_facts

SECTIONS = (
    *("Identity", "Score", "Checks", "Data", "Features", "Candidates", "Limits"),
    "Reproduction",
)


def test_a_card_has_the_facts_of_its_version(store: ModelStore) -> None:
    facts = promoted_facts(store)
    card = make_card(facts)
    assert [section.title for section in card.sections] == list(SECTIONS)
    assert card.summary == "It predicts size: small, large. This version is in production."
    text = to_markdown(card)
    for expected in (
        "# Model card: toy, version 1",
        f"- **digest**: {facts.registry.digest}",
        "- **score on the holdout**: 0.9000",
        "| width | number | no | not recorded |",
        "| toy | Toy | 0.9000 | chosen |",
        "| passed | files match their descriptors |",
        "Not checked, ",
    ):
        assert expected in text, expected


def test_what_was_removed_is_said(store: ModelStore) -> None:
    facts = promoted_facts(store)
    shutil.rmtree(store.layout.candidate(facts.registry.candidate_id))
    shutil.rmtree(store.models.directory(facts.registry.digest))
    text = to_markdown(make_card(find_facts(store, 1)))
    assert text.count("The candidate was removed from the store") == 4
    assert "- **model in the store**: no: it was removed" in text
    assert "It predicts its target. This version is in production." in text


def test_a_rollback_names_the_decision_that_judged_the_model(store: ModelStore) -> None:
    promoted_facts(store)
    toy_candidate(toy_model(bias=0.01), correct=9).publish(store)
    gatekeeper_of(store).decide_pending()
    roll_back(store, 1, None)
    text = to_markdown(make_card(find_facts(store, 3)))
    assert "- **decision**: 3: rolled back" in text
    assert "- **first judged**: decision 1" in text
    assert "The checks of decision 1:" in text
    assert "is not in production now" in to_markdown(make_card(find_facts(store, 1)))


@pytest.mark.parametrize("version", [0, 2, -1])
def test_an_unknown_version_is_named(version: int, store: ModelStore) -> None:
    promoted_facts(store)
    with pytest.raises(VersionNotFoundError, match=f"no version {version}; the newest is 1"):
        find_facts(store, version)


def test_hostile_names_are_text_in_both_formats(store: ModelStore) -> None:
    card = make_card(hostile_facts(store))
    page, text = to_html(card), to_markdown(card)
    assert HOSTILE not in page
    assert html.escape(HOSTILE) in page.replace("&#34;", "&quot;").replace("&#39;", "&#x27;")
    assert "<script" not in page
    assert "<img" not in page
    assert not re.search(r"(?<!\\)[<>]", text)
    for line in text.splitlines():
        if line.startswith("|"):
            assert re.fullmatch(r"\|( (\\.|[^|\\])* \|)+", line), line


def test_the_command_writes_both_formats_by_the_name(
    store: ModelStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    promoted_facts(store)
    monkeypatch.setenv("STORE_DIR", str(store.layout.root))
    assert command.main(["1"]) == 0
    assert capfdbinary.readouterr().out.startswith(b"# Model card: toy, version 1\n")
    assert command.main(["1", "--format", "html"]) == 0
    assert capfdbinary.readouterr().out.startswith(b"<!doctype html>")
    for name, beginning in (("card.md", "# Model card"), ("card.HTML", "<!doctype html>")):
        assert command.main(["1", str(tmp_path / name)]) == 0
        assert (tmp_path / name).read_text().startswith(beginning)
    for arguments, message in (
        (["1", "card.pdf"], b"End it with .md or .html"),
        (["1", str(tmp_path / "no" / "card.md")], b"does not exist"),
        (["7"], b"There is no version 7; the newest is 1."),
    ):
        capfdbinary.readouterr()
        assert command.main(arguments) == 1
        error = capfdbinary.readouterr().err
        assert message in error
        assert error.count(b"\n") == 1


def test_the_document_lists_the_sections() -> None:
    text = (ROOT / "docs" / "history.md").read_text().split("## Model cards")[1]
    listed = re.findall(r"^\| ([A-Z][A-Za-z, ]+) \|", text, re.MULTILINE)
    named = [name for each in listed for name in each.split(", ")]
    assert [name for name in named if name != "Slices"] == list(SECTIONS)
