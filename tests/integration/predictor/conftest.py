"""A worker that a test steps by hand."""

import pytest

from shared.store.store import ModelStore
from tests.integration.predictor.polled_predictor import Predictor


@pytest.fixture
def predictor(store: ModelStore) -> Predictor:
    return Predictor(store)
