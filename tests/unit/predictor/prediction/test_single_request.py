"""One request is answered with calls of bounded size."""

import json

import pytest

from predictor.prediction.single_request import answer_request
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.unit.predictor.prediction.counted_serving import calls_of, counted


@pytest.mark.parametrize(("is_slow", "calls"), [(True, [256, 256, 88]), (False, [600])])
def test_a_slow_model_gets_the_rows_of_a_large_request_in_more_calls(
    store: ModelStore, calls: list[int], *, is_slow: bool
) -> None:
    served = counted(store, toy_model(), is_slow=is_slow)
    rows = [[number / 100, 1] for number in range(600)]
    body = json.dumps({"instances": rows}).encode()
    reply = answer_request(served, body, lambda *_: None)
    assert reply.status == 200
    assert calls_of(served).calls == calls
    assert len(json.loads(reply.body)["predictions"]) == 600
