"""The check of answers during swaps fails on every kind of wrong answer."""

import json
from typing import Any

import numpy as np
import pytest

from bench.load.answer_checking import (
    ExpectedAnswers,
    ResponseLog,
    differing_rows,
    expected_answers,
    wrong_answers,
)
from bench.load.client import Response
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model, toy_rows
from tests.support.stores.builders import promote

CLASSES = ("malignant", "benign")
EXPECTED = {
    1: ExpectedAnswers("logistic_regression", CLASSES, [0, 1], [[0.9, 0.1], [0.2, 0.8]]),
    2: ExpectedAnswers("forest_100", CLASSES, [0, 0], [[0.7, 0.3], [0.6, 0.4]]),
}
RIGHT: dict[str, Any] = {
    "prediction": 0,
    "label": "malignant",
    "probabilities": {"malignant": 0.9, "benign": 0.1},
    "model_name": "logistic_regression",
    "model_version": 1,
}


def answer(
    body: dict[str, Any], *, version: int = 1, asked: int = 0, status: int = 200
) -> Response:
    head = f"http/1.1 {status} ok\r\nx-model-version: {version}\r\ncontent-length: 9".encode()
    return Response(0, asked, head, json.dumps(body).encode(), 1.0, 0.001)


def seen(*answers: Response) -> ResponseLog:
    found = ResponseLog(rows=2)
    for one in answers:
        found.record(one)
    return found


def test_a_right_answer_passes_and_is_counted_as_often_as_it_came() -> None:
    found = seen(answer(RIGHT), answer(RIGHT, asked=2), answer(RIGHT, asked=4))
    assert wrong_answers(found, EXPECTED) == []
    assert list(found.counts.values()) == [3]
    assert found.failures == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"model_version": 2}, "model_version is 2, not 1"),
        ({"model_name": "forest_100"}, "model_name is 'forest_100'"),
        ({"prediction": 1}, "prediction is 1"),
        ({"label": "benign"}, "label is 'benign'"),
        ({"probabilities": {"malignant": 0.7, "benign": 0.3}}, "probabilities are"),
        ({"probabilities": {"malignant": 0.7}}, "cannot be parsed"),
    ],
)
def test_a_mixed_response_is_wrong(change: dict[str, Any], reason: str) -> None:
    ((count, what),) = wrong_answers(seen(answer(RIGHT | change)), EXPECTED)
    assert count == 1
    assert reason in what


def test_the_response_to_another_row_is_wrong() -> None:
    ((_, what),) = wrong_answers(seen(answer(RIGHT, asked=1)), EXPECTED)
    assert "row 1: prediction is 0, not 1" in what


def test_a_version_that_never_existed_is_wrong() -> None:
    ((_, what),) = wrong_answers(seen(answer(RIGHT, version=7)), EXPECTED)
    assert what == "version 7 was never in production"


def test_a_refusal_and_a_step_back_are_failures() -> None:
    found = seen(
        answer(RIGHT, version=2), answer(RIGHT, version=1), answer(RIGHT, version=2, status=503)
    )
    assert [failure[:30] for failure in found.failures] == [
        "went back to version 1 on one ", "b'http/1.1 503 ok\\r\\nx-model-v"[:30],
    ]  # fmt: skip


def test_expected_answers_come_from_the_log_and_the_bytes_on_the_store(store: ModelStore) -> None:
    promote(store, toy_model(bias=0.0), "plain")
    promote(store, toy_model(bias=2.0), "biased")
    promote(store, toy_model(bias=0.0), "plain")
    versions = expected_answers(store, toy_rows(4))
    assert {number: one.model_name for number, one in versions.items()} == {
        1: "plain", 2: "biased", 3: "plain",
    }  # fmt: skip
    assert versions[1].probabilities == versions[3].probabilities != versions[2].probabilities


def test_the_models_differ_on_the_rows_that_are_sent(store: ModelStore) -> None:
    promote(store, toy_model(bias=0.0), "plain")
    promote(store, toy_model(bias=2.0), "biased")
    far_away, near = [50.0, 50.0], [0.0, -1.0]
    chosen = differing_rows(store, np.array([far_away, near]), 1)
    assert chosen.tolist() == [near]
