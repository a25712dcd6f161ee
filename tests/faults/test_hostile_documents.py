"""No manifest and no report stops decisions, or makes a page or a response fail.

Each field of both documents has hostile values. A candidate is decided, and its page answers.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sklearn.linear_model import LogisticRegression

from shared.contract.documents import JSON_MEDIA_TYPE
from shared.contract.layout import (
    CANDIDATES,
    DECISIONS,
    MANIFEST,
    MANIFEST_SIGNATURE,
    MODELS,
    REPORT,
    SERVING,
)
from shared.store.candidates import new_candidate_id
from shared.store.store import ModelStore, open_for_writing
from tests.faults.support.effort import sampled
from tests.faults.support.record import Record
from tests.support.hostile_values import hostile_values, paths_of, with_value
from tests.support.http import plain_http
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import ToyCandidate
from tests.support.stores.gatekeeper_thread import gatekeeper_thread
from tests.support.stores.gatekeeping import with_file
from tests.support.stores.trained import trained
from tests.support.tables.tables import two_blobs

NAME = "hostile documents"
VALUES = hostile_values()
PATHS = ("/", "/decisions?limit=1000", "/page/decisions", "/page/candidates", "/metrics")
HUGE = 1.7e308
NUMBERS: dict[str, Callable[[int], float]] = {
    "huge": lambda number: HUGE,
    "huge with both signs": lambda number: HUGE if number % 2 else -HUGE,
    "tiny": lambda number: 5e-324 * number,
    "side by side": lambda number: 1e17 + 16 * (number % 2),
    "huge beside nothing": lambda number: HUGE * (number % 2),
}


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> ToyCandidate:
    """Read the files of a candidate that a trainer has published."""
    store = new_store(tmp_path_factory.mktemp("honest"))
    return read(store, trained(store, two_blobs(), LogisticRegression(), name="blobs"))


def new_store(top: Path) -> ModelStore:
    return open_for_writing(top / "store", CANDIDATES, MODELS, DECISIONS, SERVING)


def read(store: ModelStore, candidate_id: str) -> ToyCandidate:
    directory = store.layout.candidate(candidate_id)
    files = {path.name: path.read_bytes() for path in directory.iterdir()}
    for name in (MANIFEST, MANIFEST_SIGNATURE):
        files.pop(name, None)
    return ToyCandidate(store.candidates.manifest(candidate_id), files)


def fields_of(document: Any) -> list[tuple[str | int, ...]]:
    """Return the paths of a document, and of the first item of each list."""
    return [
        path
        for path in paths_of(document)
        if all(part == 0 or isinstance(part, str) for part in path)
    ]


def numbered(candidate: ToyCandidate, number: int) -> ToyCandidate:
    when = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number)
    return candidate.with_manifest(candidate_id=new_candidate_id(when))


def require_answers(store: ModelStore, published: list[str]) -> None:
    """Assert that all are decided, and that their pages and the others answer."""
    with gatekeeper_thread(store.layout.root) as running:
        wait_for(lambda: len(store.decision_log().entries) >= len(published), "all decisions", 300)
        assert plain_http.get(f"{running.url}/readyz").status_code == 200
        with plain_http.client(base_url=running.url, timeout=60) as client:
            for path in PATHS:
                assert client.get(path).status_code == 200, path
            for candidate_id in published:
                for path in (f"/candidates/{candidate_id}", f"/page/candidates/{candidate_id}"):
                    answer = client.get(path)
                    assert answer.status_code == 200, (path, answer.text)
            pair = f"candidate={published[0]}&candidate={published[-1]}"
            assert client.get(f"/page/compare?{pair}").status_code == 200


def test_a_hostile_value_in_a_manifest_stops_nothing(
    store: ModelStore, honest: ToyCandidate, record: Record
) -> None:
    document = honest.manifest.model_dump(mode="json")
    cases = [(path, value) for path in fields_of(document) for value in VALUES.values()]
    published = []
    for number, (path, value) in enumerate(sampled(cases, quick=100)):
        candidate = numbered(honest, number)
        published.append(candidate.publish(store))
        file = store.layout.candidate(published[-1]) / MANIFEST
        file.write_bytes(with_value(json.loads(file.read_bytes()), path, value))
    require_answers(store, published)
    record.add(NAME, "manifests", len(published))


def test_a_hostile_value_in_a_report_stops_nothing(
    store: ModelStore, honest: ToyCandidate, record: Record
) -> None:
    document = json.loads(honest.files[REPORT])
    cases = [(path, value) for path in fields_of(document) for value in VALUES.values()]
    published = [
        publish_report(store, numbered(honest, number), with_value(document, path, value))
        for number, (path, value) in enumerate(sampled(cases, quick=75))
    ]
    require_answers(store, published)
    record.add(NAME, "reports", len(published))


def publish_report(store: ModelStore, candidate: ToyCandidate, data: bytes) -> str:
    return with_file(candidate, REPORT, JSON_MEDIA_TYPE, data).publish(store)


@pytest.mark.parametrize("drawn", ["curves", "residuals"])
@pytest.mark.parametrize("kind", NUMBERS)
def test_a_report_with_numbers_that_cannot_be_drawn_says_so(
    store: ModelStore, honest: ToyCandidate, drawn: str, kind: str
) -> None:
    report = json.loads(honest.files[REPORT])
    if drawn == "residuals":
        points = {"x": [0.5] * 10, "y": [0.25] * 10}
        report |= {"curves": [], "confusion_matrix": None, "residuals": points}
    numbers = iter(range(10**6))

    def change(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: change(part) for name, part in value.items()}
        if isinstance(value, list):
            return [change(part) for part in value]
        return NUMBERS[kind](next(numbers)) if isinstance(value, float) else value

    data = json.dumps(change(report)).encode()
    candidate_id = publish_report(store, numbered(honest, 1), data)
    with gatekeeper_thread(store.layout.root) as running:
        answer = plain_http.get(f"{running.url}/page/candidates/{candidate_id}", timeout=60)
    assert answer.status_code == 200, answer.text
    assert "cannot be shown" in answer.text
