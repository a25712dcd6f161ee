"""docs/volume-format.md cannot drift: its examples are read by the code it specifies."""

import json
import re

import pytest

from shared.contract.document import Document
from shared.contract.documents import (
    Artefact,
    Decision,
    GoldenRows,
    Heartbeat,
    Manifest,
    Registry,
    StoreMarker,
)
from shared.errors import DocumentError, UnsupportedFormatError
from shared.reports.report_document import CandidateReport
from shared.store.approval_file import ApprovalList
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
}


def examples() -> dict[str, str]:
    text = SPECIFICATION.read_text()
    return dict(re.findall(r"^```json (\S+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))


def test_every_document_has_an_example() -> None:
    assert examples().keys() == DOCUMENTS.keys()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_example_reads_and_names_every_field(name: str) -> None:
    example = examples()[name]
    document = DOCUMENTS[name].decode(example.encode(), name)
    assert set(type(document).model_fields) == set(json.loads(example))
    assert document.model_extra == {}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_reading_and_writing_gives_the_same_bytes_and_keeps_unknown_fields(name: str) -> None:
    newer = json.loads(examples()[name]) | {"from_the_future": {"a": [1, 2.5, None]}}
    kind = DOCUMENTS[name]
    written = kind.decode(json.dumps(newer).encode(), name).encode()
    assert json.loads(written)["from_the_future"] == {"a": [1, 2.5, None]}
    assert kind.decode(written, name).encode() == written


@pytest.mark.parametrize("name", ["", "two\nlines", "bell\x07", "x" * 129])
def test_a_name_is_one_short_line(name: str) -> None:
    manifest = json.loads(examples()["manifest.json"]) | {"model_name": name}
    with pytest.raises(DocumentError, match="model_name"):
        Manifest.decode(json.dumps(manifest).encode(), "manifest.json")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_newer_format_is_refused_by_name(name: str) -> None:
    newer = json.loads(examples()[name]) | {"format_version": 2}
    with pytest.raises(UnsupportedFormatError, match="format_version 2.*up to 1"):
        DOCUMENTS[name].decode(json.dumps(newer).encode(), name)


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if name != "store.json"])
def test_a_missing_field_is_named(name: str) -> None:
    content = json.loads(examples()[name])
    field = next(key for key in content if key != "format_version")
    del content[field]
    with pytest.raises(DocumentError, match=f"{name}: {field}"):
        DOCUMENTS[name].decode(json.dumps(content).encode(), name)
