"""An invalid or older registry is ignored, and the served model stays."""

import pytest

from shared.store.store import ModelStore
from tests.integration.predictor.polled_predictor import A, B, Predictor
from tests.support.stores.builders import promote


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not strict JSON"),
        (b'{"format_version": 1, "version": 2, "mod', "not strict JSON"),
        (b'{"format_version": 7, "version": 2}', "format_version 7"),
        (None, "missing"),
    ],
    ids=["empty", "torn", "of a newer format", "deleted"],
)
def test_an_invalid_registry_unloads_nothing(
    store: ModelStore, predictor: Predictor, content: bytes | None, says: str
) -> None:
    promote(store, A)
    predictor.step()
    if content is None:
        store.layout.registry.unlink()
    else:
        store.layout.registry.write_bytes(content)
    predictor.step(5.0)
    assert predictor.answers_as(A, 1)
    assert says in str(predictor.error)
    promote(store, B)
    predictor.step()
    assert predictor.answers_as(B, 2)
    assert predictor.error is None


def test_a_registry_restored_from_an_older_copy_is_not_followed(
    store: ModelStore, predictor: Predictor
) -> None:
    promote(store, A)
    older = store.layout.registry.read_bytes()
    promote(store, B)
    newer = store.layout.registry.read_bytes()
    predictor.step()
    store.layout.registry.write_bytes(older)
    predictor.step(5.0)
    assert predictor.answers_as(B, 2)
    assert "went back from version 2 to 1" in str(predictor.error)
    store.layout.registry.write_bytes(newer)
    predictor.step()
    assert predictor.error is None
    assert predictor.loads == 1


def test_an_older_registry_is_not_followed_while_the_newer_model_fails(
    store: ModelStore, predictor: Predictor
) -> None:
    promote(store, A)
    predictor.step()
    older = store.layout.registry.read_bytes()
    promote(store, B)
    aside = store.layout.model(B.digest).rename(store.layout.root / ".aside")
    predictor.step()
    store.layout.registry.write_bytes(older)
    predictor.step(0.5)
    assert predictor.answers_as(A, 1)
    aside.rename(store.layout.model(B.digest))
    predictor.step(1.0)
    assert predictor.answers_as(B, 2)
