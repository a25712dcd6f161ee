"""Large documents do not fill the gatekeeper's memory, however many clients ask at once."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from shared.contract.documents import JSON_MEDIA_TYPE, Manifest
from shared.contract.layout import (
    CANDIDATES,
    DECISIONS,
    MANIFEST,
    MAX_MANIFEST_BYTES,
    MAX_REPORT_BYTES,
    MODELS,
    REPORT,
    SERVING,
)
from shared.errors import DocumentError
from shared.maintenance.store_checker import check_store
from shared.store.store import ModelStore, open_for_writing
from tests.faults.support.record import Record
from tests.support.http import plain_http
from tests.support.models.toy import toy_model
from tests.support.stores.builders import promote, toy_candidate
from tests.support.stores.gatekeeping import Running, running_gatekeeper, with_file

NAME = "hostile sizes"
CLIENTS = 20
MOST_MIB = 512
NESTED = "[" + "[]," * (Manifest.max_values // 2 - 1000) + "[]]"
STRINGS = "[" + '"\U0001f6b2 and more",' * (Manifest.max_values // 2) + '""]'


def add(data: bytes, value: str) -> bytes:
    """Add a field that no reader knows."""
    return json.dumps(json.loads(data) | {"more": "here"}).replace('"here"', value).encode()


def peak_mib(running: Running) -> int:
    status = Path(f"/proc/{running.process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) >> 10


def publish_large(store: ModelStore, value: str) -> str:
    """Publish a candidate whose manifest and report are as large as they may be."""
    report = add(b'{"format_version": 1}', value)
    candidate = with_file(toy_candidate(), REPORT, JSON_MEDIA_TYPE, report)
    candidate_id = candidate.publish(store)
    file = store.layout.candidate(candidate_id) / MANIFEST
    file.write_bytes(add(file.read_bytes(), value))
    assert max(len(report), file.stat().st_size) <= MAX_MANIFEST_BYTES == MAX_REPORT_BYTES
    store.candidates.manifest(candidate_id)
    return candidate_id


@pytest.mark.parametrize("value", [NESTED, STRINGS], ids=["nested", "strings"])
def test_many_clients_that_ask_for_the_largest_manifest_take_little_memory(
    tmp_path: Path, record: Record, value: str
) -> None:
    store = open_for_writing(tmp_path / "store", CANDIDATES, MODELS, DECISIONS, SERVING)
    promote(store, toy_model())
    first, second = (publish_large(store, value) for _ in range(2))
    paths = [f"/candidates/{first}", f"/page/candidates/{first}", "/page/candidates"]
    paths.append(f"/page/compare?candidate={first}&candidate={second}")
    with running_gatekeeper(store.layout.root, tmp_path / "log") as running:

        def ask(number: int) -> int:
            path = paths[number % len(paths)]
            return plain_http.get(f"{running.url}{path}", timeout=300).status_code

        with ThreadPoolExecutor(CLIENTS) as clients:
            assert set(clients.map(ask, range(2 * CLIENTS))) == {200}
        peak = peak_mib(running)
    record.most(NAME, "peak MiB of a gatekeeper", peak)
    assert peak < MOST_MIB


def test_a_manifest_beyond_the_limit_is_named_and_not_read(store: ModelStore) -> None:
    candidate_id = toy_candidate().publish(store)
    file = store.layout.candidate(candidate_id) / MANIFEST
    file.write_bytes(file.read_bytes() + b" " * MAX_MANIFEST_BYTES)
    with pytest.raises(DocumentError, match=f"at most {MAX_MANIFEST_BYTES} are read"):
        store.candidates.manifest(candidate_id)
    (error,) = (each for each in check_store(store) if each.kind == "error")
    assert f"{MANIFEST} has" in error.message


def test_a_document_of_many_small_values_is_not_parsed(store: ModelStore) -> None:
    candidate_id = toy_candidate().publish(store)
    file = store.layout.candidate(candidate_id) / MANIFEST
    many = "[" + "[]," * Manifest.max_values + "[]]"
    file.write_bytes(add(file.read_bytes(), many))
    with pytest.raises(DocumentError, match=f"has more than {Manifest.max_values} values"):
        store.candidates.manifest(candidate_id)
