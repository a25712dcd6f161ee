"""registry.json is derived from the log, independent of its last writer."""

import pytest

from shared.errors import DocumentError
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.stores.builders import promote


def test_before_the_first_promotion_there_is_no_registry(store: ModelStore) -> None:
    assert store.registry.read() is None
    assert not store.registry.roll_forward(store.decision_log())
    assert not store.layout.registry.exists()


@pytest.mark.parametrize("damage", ["older", "missing", "empty", "torn"])
def test_the_registry_is_rolled_forward_to_the_log(store: ModelStore, damage: str) -> None:
    promote(store, toy_model(bias=1))
    older = store.layout.registry.read_bytes()
    newest = promote(store, toy_model(bias=2))
    now = store.layout.registry.read_bytes()
    if damage == "missing":
        store.layout.registry.unlink()
    else:
        store.layout.registry.write_bytes({"older": older, "empty": b"", "torn": now[:99]}[damage])
    assert store.registry.roll_forward(store.decision_log())
    assert store.layout.registry.read_bytes() == now
    assert store.registry.read() == newest
    assert not store.registry.roll_forward(store.decision_log())


def test_a_registry_that_is_too_large_is_not_read(store: ModelStore) -> None:
    store.layout.registry.write_bytes(b" " * 70_000)
    with pytest.raises(DocumentError, match="at most 65536"):
        store.registry.read()
