"""`make feedback` sends a file of labels in parts, and says what became of them."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gatekeeper import client, client_feedback
from gatekeeper.feedback.csv_labels import ColumnNames, parse_csv
from gatekeeper.feedback.json_labels import parse_json
from gatekeeper.feedback.received_label import ReceivedLabel
from shared.prediction_log.newest_labels import read_newest_labels
from shared.store.store import ModelStore
from tests.support.stores.gatekeeper_thread import gatekeeper_thread
from tests.support.stores.logged_rows import make_row, write_rows

QUOTED = '\ufeffnote,label,id\r\n"two\r\nlines",0,a\r\n\r\n'


@pytest.fixture(autouse=True)
def _running(store: ModelStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Start a gatekeeper that the client finds. A part has two labels."""
    monkeypatch.setattr(client_feedback, "PART_LABELS", 2)
    write_rows(store.layout, [make_row("a"), make_row("b"), make_row("c")])
    with gatekeeper_thread(store.layout.root) as running:
        monkeypatch.setenv("STORE_DIR", str(store.layout.root))
        monkeypatch.setenv("GATEKEEPER_PORT", running.url.rsplit(":", 1)[1])
        yield


def send(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    status = client.main(["feedback", *arguments])
    shown = capsys.readouterr()
    return status, shown.out + shown.err


def test_a_table_is_sent_in_its_own_spelling(
    store: ModelStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "labels.csv"
    table.write_bytes(f"{QUOTED}x,1,b\r\nx,2,z\r\nx,3,z".encode())
    status, said = send(str(table), capsys=capsys)
    assert status == 0
    assert said.splitlines() == [
        "Labels received: 4. They are kept.",
        "New: 3. Replaced: 1, of these with another value: 1.",
        "Without a logged row: 2. They count as soon as rows with their ids are published.",
    ]
    assert read_newest_labels(store.layout) == {"a": "0", "b": "1", "z": "3"}


def test_a_list_is_sent_from_a_file_and_from_standard_input(
    store: ModelStore,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    labels = [{"id": name, "label": number} for number, name in enumerate("abc")]
    (tmp_path / "labels.json").write_text(json.dumps(labels))
    status, said = send(str(tmp_path / "labels.json"), capsys=capsys)
    assert (status, said.splitlines()[:1]) == (0, ["Labels received: 3. They are kept."])
    stream = io.TextIOWrapper(io.BytesIO(QUOTED.encode()))
    monkeypatch.setattr("sys.stdin", stream)
    status, said = send("-", "--format", "csv", capsys=capsys)
    assert (status, said.splitlines()[:1]) == (0, ["Labels received: 1. They are kept."])
    assert read_newest_labels(store.layout) == {"a": "0", "b": 1, "c": 2}


@pytest.mark.parametrize("name", ["l.csv", "l.json"])
def test_a_part_ends_before_it_is_too_large_in_any_script(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(client_feedback, "PART_LABELS", 100)
    monkeypatch.setattr(client_feedback, "PART_CHARACTERS", 1000)
    labels = [{"id": f"заказ {n}", "label": "доброкачественное" * 5} for n in range(100)]
    lines = [f"{each['id']},{each['label']}" for each in labels]
    content = json.dumps(labels) if name == "l.json" else "\n".join(["id,label", *lines])
    (tmp_path / name).write_text(content, encoding="utf-8")
    bodies = list[str]()

    def post(body: bytes, media_type: str) -> dict[str, int]:
        bodies.append(body.decode())
        parse = parse_json if media_type == "application/json" else parse_table
        return {"received": len(parse(body))}

    assert client_feedback.send_file(str(tmp_path / name), None, post)["received"] == 100
    assert max(map(len, bodies)) < 1300


@pytest.mark.parametrize(
    ("encoding", "separator", "before"),
    [("utf-16", "\t", ""), ("cp1252", ";", "sep=;\r\n"), ("utf-8-sig", "|", "")],
)
def test_a_table_is_read_in_the_form_in_which_people_have_it(
    store: ModelStore,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    encoding: str,
    separator: str,
    before: str,
) -> None:
    rows = [("id", "label"), ("a", "größe, 1"), ("b", "2"), ("c", "3")]
    text = before + "".join(f"{separator.join(row)}\r\n" for row in rows)
    (tmp_path / "LABELS.CSV").write_bytes(text.encode(encoding))

    status, said = send(str(tmp_path / "LABELS.CSV"), capsys=capsys)

    assert status == 0, said
    assert read_newest_labels(store.layout) == {"a": "größe, 1", "b": "2", "c": "3"}


def parse_table(body: bytes) -> list[ReceivedLabel]:
    return parse_csv(body, ColumnNames(None, None))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("l.csv", f"{QUOTED}x,1,b\nx,,c\n", "Line 6: the label is ''"),
        ("l.json", '[{"id":"a","label":1},{"id":"b","label":1},1]', "Entry 3 of the list is not"),
        ("l.csv", "", "The body is empty"),
        ("l.csv", "a;b\n1;2\n", "no column for the id: a, b"),
        ("l.csv", 'id,label\na,"x\n', "is not CSV: a cell in quotes does not end."),
        ("l.csv", "sep=;\nid;label\na;1\nb;2\nc;\n", "Line 5: the label is ''"),
        ("l.csv", "PK\x03\x04", "is a zip file, not a table of labels. Unpack it."),
        ("l.csv", "id,a;label,b\n1,2;3,4\n", "can be read in 2 ways"),
        ("l.json", "[1,", "not a JSON list of labels: line 1 is not JSON."),
        ("l.json", "{}", "not a JSON list"),
        ("l.json", r'[{"id": "\ud800", "label": 1}]', "not strict JSON"),
        ("l.xlsx", "", "End it with .csv or .json"),
        ("missing/l.csv", None, "Cannot read"),
        ("l.csv", "id,label\nмяч,дым\n", "is not in UTF-8. In Windows-1252 it reads"),
    ],
)
def test_a_mistake_in_a_file_is_one_sentence_with_its_place(
    store: ModelStore,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    content: str | None,
    message: str,
) -> None:
    if content is not None:
        encoding = "windows-1251" if "not in UTF-8" in message else "utf-8"
        (tmp_path / name).write_bytes(content.encode(encoding))
    status, said = send(str(tmp_path / name), capsys=capsys)
    assert (status, said.count("\n"), message in said) == (1, 1, True), said
    kept = read_newest_labels(store.layout)
    assert ("before this part are kept" in said) == bool(kept), said


def test_a_wrong_token_and_a_gatekeeper_that_is_down_are_named(
    store: ModelStore,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("id,label\na,1\n")
    token = tmp_path / "token"
    token.write_text("0" * 40)
    token.chmod(0o600)
    with monkeypatch.context() as wrong:
        wrong.setenv("GATEKEEPER_TOKEN_FILE", str(token))
        assert "The token is wrong" in send(str(table), capsys=capsys)[1]
    monkeypatch.setenv("GATEKEEPER_PORT", "1")
    assert "does not answer" in send(str(table), capsys=capsys)[1]
    assert read_newest_labels(store.layout) == {}
