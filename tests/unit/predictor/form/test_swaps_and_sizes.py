"""A form keeps each value with its feature during a swap, and stays small for a large model."""

import json
from datetime import UTC, datetime
from urllib.parse import urlencode

import numpy as np
import pytest

from predictor.form.form_request import FormRequest, Page, show_form
from predictor.form.page import MOST_FEATURES
from predictor.form.posted_values import FEATURES_FIELD, make_fingerprint
from predictor.lifecycle.loader import ModelLoader
from predictor.lifecycle.served_model import ServedModel
from predictor.prediction.single_request import answer_request
from shared.store.store import ModelStore
from tests.support.models.toy import ToyModel, numbers_called, toy_model
from tests.support.models.wide import wide_model
from tests.support.stores.builders import promote


def serve(store: ModelStore, model: ToyModel, *, ignores_extra: bool = False) -> ServedModel:
    registry = promote(store, model)
    loader = ModelLoader(store.models, allow_joblib=False, ignores_extra=ignores_extra)
    return ServedModel.create(loader.load(model.digest), registry, datetime.now(UTC))


def read(served: ServedModel, *texts: str) -> FormRequest | Page:
    fields = {FEATURES_FIELD: make_fingerprint(served.model.artefact.features)}
    values = {f"f{index}": text for index, text in enumerate(texts)}
    return FormRequest.read(served, urlencode({**fields, **values}).encode())


def send(before: ServedModel, after: ServedModel, *texts: str) -> tuple[FormRequest, Page]:
    """Send the form of a model while another one begins to be served."""
    form = read(before, *texts)
    assert isinstance(form, FormRequest)
    return form, form.show_reply(answer_request(after, form.body, lambda *_: None), after)


@pytest.mark.parametrize("names", [("height", "width"), ("height", "depth"), ("width",)])
def test_after_a_swap_no_value_goes_to_another_feature(
    store: ModelStore, names: tuple[str, ...]
) -> None:
    before = serve(store, toy_model())
    model = wide_model(numbers_called(names), ("a", "b"), np.ones((1, len(names))))
    after = serve(store, model, ignores_extra=True)
    form, page = send(before, after, "1", "2")
    assert json.loads(form.body) == {"features": {"width": 1.0, "height": 2.0}}
    assert page.status == 409
    assert b"A model with other features" in page.body
    assert make_fingerprint(after.model.artefact.features).encode() in page.body


def test_after_a_swap_to_the_same_features_the_form_is_that_of_the_new_model(
    store: ModelStore,
) -> None:
    before, after = serve(store, toy_model()), serve(store, toy_model(bias=3.0))
    _, page = send(before, after, "1", "2")
    assert page.status == 200
    assert b"Answered by version 2" in page.body
    assert b"Version 2, " in page.body
    _, page = send(before, before, "1", "2")
    assert b"Version 1, " in page.body


def test_an_answer_of_the_forms_own_model_is_shown_after_a_swap(store: ModelStore) -> None:
    before = serve(store, toy_model())
    after = serve(store, toy_model(features=("height", "width")))
    form = read(before, "1", "2")
    assert isinstance(form, FormRequest)
    page = form.show_reply(answer_request(before, form.body, lambda *_: None), after)
    assert (page.status, b"Answered by version 1" in page.body) == (200, True)


def test_a_form_for_too_many_features_is_neither_shown_nor_read(store: ModelStore) -> None:
    count = MOST_FEATURES + 1
    names = numbers_called([f"x{number}" for number in range(count)])
    served = serve(store, wide_model(names, ("a", "b"), np.ones((1, count))))
    page = read(served, *["1"] * count)
    assert isinstance(page, Page)
    assert page.status == 409
    assert b"a form has at most 1000" in page.body
    assert show_form(served).status == 200


def test_of_many_classes_only_the_most_probable_have_bars(store: ModelStore) -> None:
    classes = [f"class {number}" for number in range(1_000)]
    served = serve(store, wide_model(numbers_called(("x",)), classes, np.ones((1, 1))))
    _, page = send(served, served, "1")
    assert page.body.count(b"<svg") == 200
    assert b"990 more classes" in page.body
    assert b"And 800 more" in page.body
