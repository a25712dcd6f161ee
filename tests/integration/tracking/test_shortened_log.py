"""A restored store may have no decision after the mirrored ones."""

import pytest

from shared.store.store import ModelStore
from tests.support.mlflow.mirror import Mirror
from tests.support.models.toy import toy_model
from tests.support.stores.builders import promote
from trainer.tracking import follower as follower_module


def test_a_log_that_lost_its_end_moves_the_champion_back(
    mirror: Mirror, store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for bias in (0.0, 0.25):
        promote(store, toy_model(bias=bias))
    follower = mirror.follower(store)
    follower.step()
    assert mirror.champion() == 2
    store.layout.decision(2).unlink()
    monkeypatch.setattr(follower_module, "CHECK_SECONDS", -1.0)
    for _ in range(2):
        follower.step()
    assert mirror.champion() == 1
