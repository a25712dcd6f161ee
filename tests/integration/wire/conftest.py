"""A predictor without a network, with the fast path and without."""

from collections.abc import Iterator

import pytest

from shared.contract.layout import CANDIDATES, DECISIONS, MODELS, SERVING
from shared.store.store import ModelStore, open_for_writing
from tests.support.http.raw_client import Answer, Wire, running_wire
from tests.support.http.raw_requests import ONE
from tests.support.models.toy import toy_model
from tests.support.stores.builders import promote


@pytest.fixture(scope="module")
def served_store(tmp_path_factory: pytest.TempPathFactory) -> ModelStore:
    store = open_for_writing(
        tmp_path_factory.mktemp("wire") / "store", CANDIDATES, MODELS, DECISIONS, SERVING
    )
    promote(store, toy_model())
    return store


@pytest.fixture(scope="module", params=[True, False], ids=["fast", "asgi"])
def wire(request: pytest.FixtureRequest, served_store: ModelStore) -> Iterator[Wire]:
    with running_wire(served_store, is_fast=request.param) as running:
        yield running


@pytest.fixture
def answer(wire: Wire) -> Answer:
    """Return the reply to ONE."""
    (found,) = wire.exchange(ONE)
    assert found.status == 200
    assert found.headers == {
        "content-type": "application/json",
        "x-model-version": "1",
        "content-length": str(len(found.body)),
    }
    return found
