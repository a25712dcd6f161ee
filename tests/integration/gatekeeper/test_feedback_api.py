"""POST /feedback over HTTP, with a real store."""

from collections.abc import Iterator

import httpx
import pytest

from shared.contract.layout import CANDIDATES, DECISIONS, MODELS, StoreLayout
from shared.prediction_log.newest_labels import read_newest_labels
from shared.prediction_log.segments import list_feedback_segments
from shared.store.store import ModelStore, open_for_writing
from tests.support.http import plain_http
from tests.support.http.metrics_page import scrape
from tests.support.models.toy import toy_model
from tests.support.stores.builders import toy_candidate
from tests.support.stores.gatekeeper_thread import GatekeeperThread, gatekeeper_thread
from tests.support.stores.logged_rows import make_row, write_rows

CSV = {"content-type": "text/csv"}


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> StoreLayout:
    """Create one store for all tests of this file."""
    root = tmp_path_factory.mktemp("api") / "store"
    layout = open_for_writing(root, CANDIDATES, MODELS, DECISIONS).layout
    write_rows(layout, [make_row("a"), make_row("b")])
    return layout


@pytest.fixture(scope="module")
def running(layout: StoreLayout) -> Iterator[GatekeeperThread]:
    """Start a gatekeeper."""
    with gatekeeper_thread(layout.root) as started:
        yield started


@pytest.fixture
def client(running: GatekeeperThread, layout: StoreLayout) -> Iterator[httpx.Client]:
    """Return a client with the token."""
    token = {"Authorization": f"Bearer {layout.token.read_text().strip()}"}
    with plain_http.client(base_url=running.url, headers=token) as opened:
        yield opened


def test_labels_are_kept_and_counted(client: httpx.Client, layout: StoreLayout) -> None:
    sent = client.post("/feedback", json=[{"id": "a", "label": 1}, {"key": 17, "label": "x"}])
    assert (sent.status_code, sent.json()) == (
        200,
        {"received": 2, "new": 2, "replaced": 0, "contradicting": 0, "unknown": 1},
    )
    sent = client.post("/feedback", content="label,id\r\n0,a\r\n1,b\r\n", headers=CSV)
    assert sent.json() == {"received": 2, "new": 1, "replaced": 1, "contradicting": 1, "unknown": 0}
    assert read_newest_labels(layout) == {"a": "0", "17": "x", "b": "1"}
    page = scrape(str(client.base_url).rstrip("/"))
    kinds = {"received": 4, "new": 3, "replaced": 1, "contradicting": 1, "unknown": 1}
    for kind, count in kinds.items():
        assert page("modelgate_gatekeeper_feedback_labels_total", kind=kind) == count


def test_a_table_may_have_the_columns_of_the_newest_candidate(
    client: httpx.Client, layout: StoreLayout
) -> None:
    candidate = toy_candidate(toy_model(bias=2.0)).publish(ModelStore(layout.root))
    target = ModelStore(layout.root).candidates.manifest(candidate).data.target
    sent = client.post("/feedback", content=f"{target},id\n1,own\n", headers=CSV)
    assert sent.json()["received"] == 1, sent.text
    assert read_newest_labels(layout)["own"] == "1"


@pytest.mark.parametrize(
    ("status", "options"),
    [
        (422, {"json": [{"id": "never", "label": 1}, {"id": "never"}]}),
        (422, {"content": "id,label\nnever,1\nnever\n", "headers": CSV}),
        (422, {"content": b'[{"id": "never", "label": 1}]\0'}),
        (413, {"content": b" " * (8 << 20) + b"[]"}),
        (413, {"content": "id,label\n" + "never,1\n" * 100_001, "headers": CSV}),
        (415, {"content": b"PAR1", "headers": {"content-type": "application/parquet"}}),
        (415, {"content": b"[]", "headers": {"content-encoding": "gzip"}}),
        (415, {"content": b"", "headers": {"content-type": "text/csv; charset=latin-1"}}),
        (403, {"json": [{"id": "never", "label": 1}], "headers": {"authorization": "Bearer no"}}),
        (401, {"json": [{"id": "never", "label": 1}], "headers": {"authorization": ""}}),
    ],
)
def test_nothing_of_a_refused_body_is_kept(
    client: httpx.Client, layout: StoreLayout, status: int, options: dict[str, object]
) -> None:
    before = [path.stat().st_size for path in list_feedback_segments(layout)]
    refused = client.post("/feedback", **options)  # type: ignore[arg-type]  # options of httpx
    assert (refused.status_code, refused.json().keys()) == (status, {"error"}), refused.text
    assert [path.stat().st_size for path in list_feedback_segments(layout)] == before


def test_a_volume_that_takes_no_write_is_503_and_later_labels_are_kept(
    client: httpx.Client, layout: StoreLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr("shared.prediction_log.segment_file.os.write", fail)
        refused = client.post("/feedback", json=[{"id": "late", "label": 1}])
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "store_not_writable")
    assert "late" not in read_newest_labels(layout)
    assert client.post("/feedback", json=[{"id": "late", "label": 2}]).status_code == 200
    assert read_newest_labels(layout)["late"] == 2
