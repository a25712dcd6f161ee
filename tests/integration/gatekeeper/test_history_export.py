"""`make history ARGS='--format …'` writes every decision as a table that people take away."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gatekeeper import client, history_export
from gatekeeper.history_export import COLUMNS, FORMATS, make_rows
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.project import ROOT
from tests.support.stores.builders import promote, toy_candidate
from tests.support.stores.gatekeeper_thread import gatekeeper_thread
from tests.support.stores.gatekeeping import gatekeeper_of

HOSTILE = (
    *("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r\n=1", " =1", "%0A=1", "|x"),
    *(
        'a,b;c "quoted"',
        "two\nlines",
        "a|b",
        "<script>x</script>",
        "[x](y)",
        "*b* _i_ `c`",
        "é\u202e",
    ),
)


@pytest.fixture
def export(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., str]]:
    """Start a gatekeeper, and return a function that exports its history."""
    monkeypatch.setattr(history_export, "_PAGE", 2)
    for bias in range(3):
        promote(store, toy_model(bias=bias), f"model {bias}")
    with gatekeeper_thread(store.layout.root) as running:
        monkeypatch.setenv("STORE_DIR", str(store.layout.root))
        monkeypatch.setenv("GATEKEEPER_PORT", running.url.rsplit(":", 1)[1])

        def call(*arguments: str) -> str:
            capsys.readouterr()
            assert client.main(["history", *arguments]) == 0
            return capsys.readouterr().out

        yield call


def test_every_decision_is_in_each_format_oldest_first(export: Callable[..., str]) -> None:
    rows = json.loads(export("--format", "json"))
    assert [row["number"] for row in rows] == [1, 2, 3]
    assert [row["version"] for row in rows] == [1, 2, 3]
    assert [list(row) for row in rows] == [list(COLUMNS)] * 3
    table = list(csv.DictReader(io.StringIO(export("--format", "csv"), newline="")))
    assert [row["model_name"] for row in table] == ["model 0", "model 1", "model 2"]
    assert [float(row["score"]) for row in table] == [1.0] * 3
    lines = export("--format", "md").splitlines()
    assert len(lines) == 5
    assert lines[0] == f"| {' | '.join(COLUMNS)} |"


def test_an_outcome_and_a_number_select(export: Callable[..., str]) -> None:
    newest = json.loads(export("--format", "json", "--limit", "1"))
    assert [row["number"] for row in newest] == [3]
    assert json.loads(export("--format", "json", "--outcome", "refused")) == []
    assert export("--format", "csv", "--outcome", "refused").count("\r\n") == 1


@pytest.mark.parametrize("number", ["0", "-1"])
@pytest.mark.parametrize("options", [[], ["--format", "csv"]])
def test_a_number_that_selects_nothing_is_refused(
    number: str,
    options: list[str],
    export: Callable[..., str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert client.main(["history", *options, "--limit", number]) == 1
    said = capsys.readouterr()
    assert (said.out, "greater than or equal to 1" in said.err) == ("", True)


def test_a_full_disk_ends_with_a_sentence(
    export: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr("sys.stdout", full)
        assert client.main(["history", "--format", "csv"]) == 1
    error = "error: The history cannot be written: No space left on device.\n"
    assert capsys.readouterr().err == error


def test_a_refusal_names_its_failed_checks(store: ModelStore) -> None:
    candidate = toy_candidate(correct=5, claimed=1.0).publish(store)
    decision = json.loads(decided_by_gate(store, candidate).model_dump_json())
    (row,) = make_rows([decision])
    assert (row["outcome"], row["version"], row["digest"]) == ("refused", None, None)
    assert "score-reproduced" in row["failed_checks"]
    assert row["reason"]


def decided_by_gate(store: ModelStore, candidate: str) -> Any:
    """Let a gatekeeper decide on *candidate*."""
    gatekeeper_of(store).decide_pending()
    decision = store.decision_log().decision_on(candidate)
    assert decision is not None
    return decision


def hostile_decision(text: str) -> dict[str, Any]:
    """Return a decision in which people and trainers wrote *text*."""
    return {
        "number": 1,
        "decided_at": "2026-01-31T12:00:00Z",
        "candidate_id": None,
        "outcome": "promoted",
        "registry": None,
        "model_name": text,
        "metric": "neg_mean_absolute_error",
        "scores": {"challenger": -2.5, "champion": None},
        "checks": [],
        "reason": text,
        "decided_by": text,
    }


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_a_formula_or_breaks_a_row_of_csv(text: str) -> None:
    written = FORMATS["csv"](make_rows([hostile_decision(text)]))
    names, row = csv.reader(io.StringIO(written, newline=""), strict=True)
    found = dict(zip(names, row, strict=True))
    assert found["model_name"].removeprefix("'") == text
    assert not re.match(r"\s*[=+\-@|%]", found["model_name"])
    assert found["score"] == "-2.5", "a negative number is a number"
    assert json.loads(FORMATS["json"](make_rows([hostile_decision(text)])))[0]["reason"] == text


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_breaks_a_row_or_makes_html_of_markdown(text: str) -> None:
    written = FORMATS["md"](make_rows([hostile_decision(text)]))
    assert written.count("\n") == 3
    row = written.splitlines()[2]
    assert len(re.findall(r"(?<!\\)\|", row)) == len(COLUMNS) + 1
    assert not re.search(r"(?<!\\)[<>`*_\[]", row)


def test_the_document_lists_the_columns_in_their_order() -> None:
    text = (ROOT / "docs" / "history.md").read_text()
    listed = re.findall(r"^\| `([a-z_]+)` \|", text, re.MULTILINE)
    assert listed == list(COLUMNS)
