"""Monitors and load balancers reach the gatekeeper."""

from collections.abc import Iterator

import pytest

from shared.contract.layout import CANDIDATES, DECISIONS, MODELS
from shared.store.store import open_for_writing
from tests.support.http import plain_http
from tests.support.stores.gatekeeper_thread import GatekeeperThread, gatekeeper_thread


@pytest.fixture(scope="module")
def gatekeeper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatekeeperThread]:
    top = tmp_path_factory.mktemp("front")
    store = open_for_writing(top / "store", CANDIDATES, MODELS, DECISIONS)
    with gatekeeper_thread(store.layout.root) as running:
        yield running


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/", "/live", "/page/candidates", "/docs"])
def test_head_has_the_status_and_headers_of_get(gatekeeper: GatekeeperThread, path: str) -> None:
    with plain_http.client(base_url=gatekeeper.url) as client:
        head, page = client.head(path), client.get(path)
    assert head.status_code == page.status_code == 200
    assert head.content == b""
    assert head.headers["content-type"] == page.headers["content-type"]
