"""The ids of a request come back unchanged, each beside its row."""

import json
from typing import Any

import pytest

from predictor.codec.input_schema import InputSchema
from predictor.codec.numeric_reader import NumericReader
from predictor.codec.request_ids import MAX_ID_CHARACTERS
from predictor.codec.strict_parser import read_strictly
from predictor.lifecycle.served_model import ServedModel
from predictor.prediction.request_batch import RequestBatch, predict_batch
from shared.store.store import ModelStore
from tests.support.http.infer_requests import served_from
from tests.support.models.mixed import EXAMPLE, mixed_model
from tests.support.models.served import toy_regressor
from tests.support.models.toy import FEATURES, ToyModel, numbers_called, toy_model

SCHEMA = InputSchema(numbers_called(FEATURES))
LONGEST = "é" * MAX_ID_CHARACTERS


@pytest.mark.parametrize(
    "text", ["a", "7", "order:17", 'say "é"', "\\", "\n\x00", "🦀", "%b", "null", LONGEST]
)
@pytest.mark.parametrize("is_ascii", [True, False])
def test_both_readers_read_an_id(text: str, *, is_ascii: bool) -> None:
    bodies: list[tuple[dict[str, Any], list[str]]] = [
        ({"features": [1, 2], "id": text}, [text]),
        ({"id": text, "features": {"width": 1, "height": 2}}, [text]),
        ({"instances": [[1, 2], [3, 4]], "ids": [text, text]}, [text, text]),
        ({"ids": ["b", text], "instances": [[1, 2], [3, 4]]}, ["b", text]),
    ]
    for content, ids in bodies:
        body = json.dumps(content, ensure_ascii=is_ascii).encode()
        for request in (NumericReader(SCHEMA).read(body), read_strictly(body, SCHEMA)):
            assert request.ids is not None
            assert list(request.ids) == ids


def test_the_fast_reader_reads_ids() -> None:
    for body in (
        b'{"features": [1, 2], "id": "order:17"}',
        b'{"instances": [[1, 2]], "ids": ["\\u00e9"]}',
    ):
        assert NumericReader(SCHEMA)._read_fast(body).ids is not None


def replies(served: ServedModel, *contents: dict[str, Any]) -> list[dict[str, Any]]:
    """Answer the requests of one turn."""
    bodies = [json.dumps(content).encode() for content in contents]
    batch = RequestBatch.read(served, bodies)
    answered = predict_batch(served, batch, lambda *_call: None)
    assert [reply.status for reply in answered] == [200] * len(contents)
    return [json.loads(reply.body) for reply in answered]


@pytest.mark.parametrize(
    ("model", "row"),
    [
        (toy_model(), [1.0, 2.0]),
        (toy_regressor(), [1.0, 2.0]),
        (mixed_model(), EXAMPLE),
    ],
    ids=["classifier", "regressor", "mixed"],
)
def test_an_id_changes_nothing_else_in_a_reply(
    store: ModelStore, model: ToyModel, row: list[Any]
) -> None:
    served = served_from(store, model)
    for key, value, ids in (("features", row, LONGEST), ("instances", [row, row], ["a", 'b"'])):
        name = "id" if key == "features" else "ids"
        plain, with_id, other = replies(
            served, {key: value}, {key: value, name: ids}, {name: ids, key: value}
        )
        assert with_id == other == plain | {name: ids}
