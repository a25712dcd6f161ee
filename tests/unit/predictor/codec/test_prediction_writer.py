"""Replies have the documented form, and never NaN or infinity."""

import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from predictor.codec.prediction_writer import PredictionWriter
from shared.contract.documents import Artefact, Registry
from shared.errors import InputError, ServableError
from shared.inference.servable import Predictions
from tests.support.models.served import toy_regressor
from tests.support.models.toy import toy_model

NO_PROBABILITIES = {"has_probabilities": False}


def registry(model_digest: str) -> Registry:
    return Registry(
        version=3,
        model_name="toy",
        metric="f1",
        metrics={"f1": 1.0},
        digest=model_digest,
        candidate_id="20260131T120000000000Z-0123abcd",
        decision=1,
        promoted_at=datetime(2026, 1, 31, tzinfo=UTC),
        files=(),
        previous_version=2,
    )


def write(artefact: Artefact, predictions: Predictions, *, many: bool = False) -> Any:
    writer = PredictionWriter(artefact, registry("sha256:" + "0" * 64))
    return json.loads(writer.write(predictions, many=many), parse_constant=pytest.fail)


def test_a_classifier_names_the_class_and_every_probability() -> None:
    predictions = Predictions(np.array([1]), np.array([[0.25, 0.75]], dtype=np.float32))
    answer = write(toy_model().artefact, predictions)
    assert list(answer.items()) == [
        ("prediction", 1),
        ("label", "large"),
        ("probabilities", {"small": 0.25, "large": 0.75}),
        ("model_name", "toy"),
        ("model_version", 3),
    ]


def test_many_rows_are_written_in_order() -> None:
    predictions = Predictions(np.array([1, 0]), np.array([[0.25, 0.75], [0.5, 0.5]]))
    assert list(write(toy_model().artefact, predictions, many=True).items()) == [
        ("predictions", [1, 0]),
        ("labels", ["large", "small"]),
        ("probabilities", [[0.25, 0.75], [0.5, 0.5]]),
        ("classes", ["small", "large"]),
        ("model_name", "toy"),
        ("model_version", 3),
    ]


def test_a_classifier_without_probabilities_has_none_in_its_reply() -> None:
    artefact = toy_model().artefact.model_copy(update=NO_PROBABILITIES)
    predictions = Predictions(np.array([0]), None)
    one = write(artefact, predictions)
    assert list(one) == ["prediction", "label", "model_name", "model_version"]
    many = write(artefact, predictions, many=True)
    assert list(many) == ["predictions", "labels", "classes", "model_name", "model_version"]


def test_a_regressors_reply_is_a_number() -> None:
    predictions = Predictions(np.array([2.5]), None)
    artefact = toy_regressor().artefact
    assert write(artefact, predictions) == {
        "prediction": 2.5,
        "model_name": "toy",
        "model_version": 3,
    }
    assert list(write(artefact, predictions, many=True)) == [
        "predictions",
        "model_name",
        "model_version",
    ]


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_the_error_names_the_row_whose_prediction_is_not_finite(broken: float) -> None:
    predictions = Predictions(np.array([0, 0]), np.array([[0.5, 0.5], [broken, 0.5]]))
    with pytest.raises(InputError, match="instances") as refused:
        write(toy_model().artefact, predictions, many=True)
    assert (refused.value.code, refused.value.field) == ("no_finite_answer", "instances[1]")
    with pytest.raises(InputError, match="features"):
        write(toy_regressor().artefact, Predictions(np.array([broken]), None))


@pytest.mark.parametrize("index", [-1, 2])
def test_a_class_out_of_range_is_an_error_of_the_model(index: int) -> None:
    with pytest.raises(ServableError, match=f"class {index}, but it has 2 classes"):
        write(toy_model().artefact, Predictions(np.array([index]), None))
