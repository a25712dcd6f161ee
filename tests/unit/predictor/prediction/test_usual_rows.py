"""An answer that is not finite shows a defect of the model only if the row is a usual one."""

import json
from dataclasses import replace

import numpy as np
import pytest

from predictor.lifecycle.served_model import ServedModel
from predictor.open_inference.infer import infer
from predictor.prediction.single_request import answer_request
from predictor.prediction.usual_rows import fails_on_usual_row
from shared.contract.documents import Artefact
from shared.inference.servable import Predictions
from shared.store.store import ModelStore
from tests.support.http.infer_requests import in_binary, served_from
from tests.support.models.toy import toy_model

HUGE = [1e38, 1e38]


def with_range(artefact: Artefact, maximum: float | None) -> Artefact:
    features = [
        feature.model_copy(update={"minimum": -1.0, "maximum": maximum})
        for feature in artefact.features
    ]
    return artefact.model_copy(update={"features": tuple(features)})


def serve(store: ModelStore, maximum: float | None) -> ServedModel:
    """Serve a model that overflows on large numbers, and names this range of its data."""
    served = served_from(store, toy_model(weights=(1e30, 1e30)))
    artefact = with_range(served.model.artefact, maximum)
    return replace(served, model=replace(served.model, artefact=artefact))


@pytest.mark.parametrize(("maximum", "is_defect"), [(1e38, True), (9.0, False), (None, False)])
def test_only_a_row_in_the_range_of_the_data_shows_a_defect(
    store: ModelStore, maximum: float | None, is_defect: bool
) -> None:
    served = serve(store, maximum)
    one = answer_request(served, json.dumps({"features": HUGE}).encode(), lambda *_: None)
    many = json.dumps({"instances": [[0, 0], HUGE]}).encode()
    other = answer_request(served, many, lambda *_: None)
    tensor = infer(served, *in_binary(np.array([HUGE])), lambda *_: None)
    assert [each.status for each in (one, other, tensor)] == [422, 422, 400]
    assert {each.is_not_finite for each in (one, other, tensor)} == {is_defect}


def test_other_mistakes_of_clients_show_no_defect(store: ModelStore) -> None:
    served = serve(store, 1e38)
    for body in (b"rubbish", b'{"features": [1]}', b'{"features": [1e39, 0]}'):
        reply = answer_request(served, body, lambda *_: None)
        assert (reply.status, reply.is_not_finite) == (422, False)


def test_a_usual_row_beside_odd_ones_shows_a_defect() -> None:
    artefact = with_range(toy_model().artefact, 5.0)
    rows = np.array([[9.0, 0.0], [np.nan, 5.0], [1.0, 1.0]])
    finite = np.array([[0.5, 0.5]] * 3)
    odd, usual = finite.copy(), finite.copy()
    odd[0], usual[1] = np.nan, np.nan
    labels = np.array([0, 1, 0])
    assert not fails_on_usual_row(artefact, rows, Predictions(labels, odd))
    assert fails_on_usual_row(artefact, rows, Predictions(labels, usual))
    assert fails_on_usual_row(artefact, rows, Predictions(np.array([1.0, 2.0, np.inf]), None))
