"""The tables of settings follow from the settings classes."""

from pathlib import Path

import pytest
from pydantic import Field
from pydantic_settings import BaseSettings

from tests.contract.settings_tables import CLASSES, FILES, Setting, fill, settings_of


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_tables_are_those_that_make_docs_writes(path: Path) -> None:
    text = path.read_text()
    assert all(text.count(f" settings:{name}") == 1 for name in CLASSES)
    assert fill(text, FILES[path]) == text, "run `make docs`"


@pytest.mark.parametrize("name", CLASSES)
def test_every_setting_has_a_description(name: str) -> None:
    assert [each.variable for each in settings_of(CLASSES[name]) if not each.description] == []


def test_a_setting_is_shown_as_a_user_writes_it() -> None:
    class Example(BaseSettings):
        fast: bool = Field(default=True, description="Be fast.")
        seconds: float = Field(default=3.0, description="Seconds to wait.")
        path: str | None = Field(default=None, description="A path.")

    assert list(settings_of(Example)) == [
        Setting("FAST", "true", "Be fast."),
        Setting("SECONDS", "3", "Seconds to wait."),
        Setting("PATH", "", "A path."),
    ]


def test_a_document_in_a_description_becomes_a_link_and_a_variable_code() -> None:
    table = FILES[next(path for path in FILES if path.name == "operations.md")]
    described = "Needs THE_OTHER. See docs/gate.md#the-rows and docs/operations.md#backup."
    assert table([Setting("ONE", "", described)], "").splitlines()[-1] == (
        "| `ONE` | none | Needs `THE_OTHER`. "
        "See [gate.md](gate.md#the-rows) and [below](#backup). |"
    )
