"""The code reads every example of docs/volume-format.md, and writes it back unchanged."""

import json
import re

import pytest

from shared.contract.document import Document
from shared.contract.documents import Artefact, Decision, Manifest, Registry, StoreMarker
from shared.contract.golden_rows import GoldenRows
from shared.contract.heartbeat import Heartbeat
from shared.errors import DocumentError, UnsupportedFormatError
from shared.following.notification_cursor import NotificationCursor
from shared.live.drift_record import DriftRecord
from shared.live.hour import LiveHour
from shared.live.reference import Reference
from shared.prediction_log.deletions import Deletions
from shared.prediction_log.label import decode_label, encode_label
from shared.prediction_log.logged_row import decode_row, encode_row
from shared.reports.report_document import CandidateReport
from shared.store.approval_file import ApprovalList
from shared.store.housekeeper_file import Housekeeper
from shared.training.training_status import TrainingRequest, TrainingStatus
from tests.support.project import ROOT

SPECIFICATION = ROOT / "docs" / "volume-format.md"
DOCUMENTS: dict[str, type[Document]] = {
    "store.json": StoreMarker,
    "artefact.json": Artefact,
    "golden.json": GoldenRows,
    "report.json": CandidateReport,
    "manifest.json": Manifest,
    "decision.json": Decision,
    "registry.json": Registry,
    "heartbeat.json": Heartbeat,
    "waiting.json": ApprovalList,
    "housekeeper.json": Housekeeper,
    "reference.json": Reference,
    "hour.json": LiveHour,
    "drift.json": DriftRecord,
    "deletions.json": Deletions,
    "notification.json": NotificationCursor,
    "status.json": TrainingStatus,
    "training-request.json": TrainingRequest,
}


def examples() -> dict[str, str]:
    text = SPECIFICATION.read_text()
    return dict(re.findall(r"^```json (\S+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))


def test_every_document_has_an_example() -> None:
    assert examples().keys() == DOCUMENTS.keys()


def lines_of(name: str) -> list[bytes]:
    """Return the example lines of a segment."""
    (text,) = re.findall(
        rf"^```jsonl {name}\n(.*?)^```$", SPECIFICATION.read_text(), re.MULTILINE | re.DOTALL
    )
    return [line.encode() for line in text.splitlines()]


def test_the_lines_of_segments_are_read_and_written_back() -> None:
    rows = [(line, decode_row(line)) for line in lines_of("predictions.jsonl")]
    labels = [(line, decode_label(line)) for line in lines_of("feedback.jsonl")]
    assert len(rows) == len(labels) == 2
    for line, row in rows:
        assert row is not None
        assert json.loads(encode_row(row)) == json.loads(line)
    for line, label in labels:
        assert label is not None
        assert json.loads(encode_label(label)) == json.loads(line)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_an_example_names_every_field_of_its_document(name: str) -> None:
    example = examples()[name]
    document = DOCUMENTS[name].decode(example.encode(), name)
    assert set(type(document).model_fields) == set(json.loads(example))
    assert document.model_extra == {}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_with_unknown_fields_is_written_back_unchanged(name: str) -> None:
    newer = json.loads(examples()[name]) | {"from_the_future": {"a": [1, 2.5, None]}}
    kind = DOCUMENTS[name]
    written = kind.decode(json.dumps(newer).encode(), name).encode()
    assert json.loads(written)["from_the_future"] == {"a": [1, 2.5, None]}
    assert kind.decode(written, name).encode() == written


@pytest.mark.parametrize("name", ["", "two\nlines", "bell\x07", "x" * 129])
def test_a_name_that_is_not_one_short_line_is_refused(name: str) -> None:
    manifest = json.loads(examples()["manifest.json"]) | {"model_name": name}
    with pytest.raises(DocumentError, match="model_name"):
        Manifest.decode(json.dumps(manifest).encode(), "manifest.json")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_newer_format_version_is_refused_by_its_number(name: str) -> None:
    newer = json.loads(examples()[name]) | {"format_version": 2}
    with pytest.raises(UnsupportedFormatError, match="format_version 2.*up to 1"):
        DOCUMENTS[name].decode(json.dumps(newer).encode(), name)


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if name != "store.json"])
def test_a_document_without_a_field_is_refused_by_its_name(name: str) -> None:
    content = json.loads(examples()[name])
    field = next(key for key in content if key != "format_version")
    del content[field]
    with pytest.raises(DocumentError, match=f"{name}: {field}"):
        DOCUMENTS[name].decode(json.dumps(content).encode(), name)
