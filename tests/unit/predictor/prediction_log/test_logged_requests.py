"""Answered rows become lines: which, with which ids, and with which values."""

import json
import shutil
import threading
from collections import Counter

import numpy as np
import pytest

from predictor.prediction_log.row_queue import MAX_ROWS
from shared.inference.feature_encoding import UNSEEN, Value
from shared.inference.logged_rows import encode_logged_rows
from shared.store.store import ModelStore
from tests.support.http.infer_requests import served_from
from tests.support.models.mixed import EXAMPLE, FEATURES, mixed_model, mixed_rows, written
from tests.support.models.served import toy_regressor
from tests.support.models.toy import toy_model
from tests.unit.predictor.prediction_log.logging_rows import DROPPED, WRITTEN, Logging


def body_of(row: list[Value], **more: object) -> bytes:
    return json.dumps({"features": row, **more}).encode()


def values_of(row: list[float]) -> list[Value]:
    return [written(feature, number) for feature, number in zip(FEATURES, row, strict=True)]


def replay(store: ModelStore, log: Logging, count: int) -> None:
    """Answer rows in turns, and compare the lines with the model's answers to the logged rows."""
    served = served_from(store, mixed_model())
    rows = mixed_rows(count)
    ids: list[str] = []
    for start in range(0, count, 100):
        bodies = [body_of(values_of(row)) for row in rows[start : start + 100].tolist()]
        ids += [json.loads(answer)["id"] for answer in log.answer(served, bodies)]
        if start % 10_000 == 0:
            log.writer.work()
    by_id = {row.id: row for row in log.logged()}
    logged = [by_id[id_] for id_ in ids]

    encoded = encode_logged_rows([row.features for row in logged], FEATURES)

    assert len(by_id) == count
    assert encoded.rows.tobytes() == rows.tobytes()
    again = served.model.predict(encoded.rows)
    classes = served.model.artefact.classes
    assert again.probabilities is not None
    answers = [(row.answer.prediction, row.answer.label) for row in logged]
    assert answers == [(value, classes[value]) for value in again.values.tolist()]
    chances = [[*(row.answer.probabilities or {}).values()] for row in logged]
    assert np.array(chances, again.probabilities.dtype).tobytes() == again.probabilities.tobytes()
    assert (rows == UNSEEN).any()
    assert {row.version for row in logged} == {served.version}


def test_the_model_answers_the_logged_rows_with_exactly_the_logged_answers(
    store: ModelStore,
) -> None:
    replay(store, Logging(store), 500)


@pytest.mark.thorough
def test_two_hundred_thousand_mixed_rows_are_answered_again_exactly(store: ModelStore) -> None:
    replay(store, Logging(store), MAX_ROWS)


def test_an_answer_has_the_id_of_its_line(store: ModelStore) -> None:
    served, log = served_from(store, mixed_model()), Logging(store)
    bodies = [
        body_of(EXAMPLE),
        body_of(EXAMPLE, id="order 17"),
        json.dumps({"instances": [EXAMPLE, EXAMPLE]}).encode(),
        json.dumps({"instances": [EXAMPLE], "ids": ["a/b"]}).encode(),
        body_of(EXAMPLE),
        b'{"features": []}',
    ]

    answers = [json.loads(answer) for answer in log.answer(served, bodies)]

    ids = [
        id_ for answer in answers[:-1] for id_ in [*answer.get("ids", ()), answer.get("id")] if id_
    ]
    lines = log.logged()
    assert Counter(ids) == Counter(row.id for row in lines)
    assert {"order 17", "a/b"} < {*ids}
    assert len({*ids}) == 6
    by_id = {row.id: row.answer for row in lines}
    first = by_id[answers[0]["id"]]
    assert first.probabilities == answers[0]["probabilities"]
    assert (first.prediction, first.label) == (answers[0]["prediction"], answers[0]["label"])
    assert log.page()(WRITTEN) == 6


def test_two_workers_never_make_the_same_id(store: ModelStore) -> None:
    logs = [Logging(store) for _ in range(20)]
    ids = [id_ for log in logs for id_ in [*log.rows.make_ids(50), *log.rows.make_ids(1)]]

    assert len({*ids}) == len(ids)


@pytest.mark.thorough
@pytest.mark.timeout(3600)  # five million requests
def test_five_million_answers_of_two_workers_that_restart_have_unique_ids(
    store: ModelStore,
) -> None:
    served, bodies = served_from(store, toy_model()), [b'{"features": [1, 2]}'] * 500
    numbers: dict[bytes, set[bytes]] = {}
    for _ in range(5):  # two workers at once, which then restart
        workers = [Logging(store), Logging(store)]
        for _ in range(1_000):
            for log in workers:
                for answer in log.answer(served, bodies):
                    prefix, _, number = answer[answer.index(b'"id":"') + 6 : -2].partition(b"-")
                    numbers.setdefault(prefix, set()).add(number)
                log.writer.work()
        for log in workers:
            shutil.rmtree(log.directory, ignore_errors=True)

    assert len(numbers) == 10
    assert {len(each) for each in numbers.values()} == {500_000}


def test_a_share_of_the_requests_is_chosen_by_chance_and_each_as_a_whole(
    store: ModelStore,
) -> None:
    served, log = served_from(store, mixed_model()), Logging(store, share=0.25)
    one = [body_of(EXAMPLE)] * 400
    many = [json.dumps({"instances": [EXAMPLE] * 3}).encode()] * 400

    answers = [json.loads(answer) for answer in log.answer(served, one + many)]

    chosen_ones = [answer["id"] for answer in answers[:400] if "id" in answer]
    chosen_many = [answer["ids"] for answer in answers[400:] if "ids" in answer]
    # 8 standard deviations: false once in 10^15 runs
    assert 30 < len(chosen_ones) < 170
    assert 30 < len(chosen_many) < 170
    ids = chosen_ones + [id_ for ids in chosen_many for id_ in ids]
    assert Counter(row.id for row in log.logged()) == Counter(ids)
    assert len(ids) == len(chosen_ones) + 3 * len(chosen_many)


def test_a_request_that_is_not_chosen_gets_its_own_id_back(store: ModelStore) -> None:
    served, log = served_from(store, toy_model()), Logging(store, share=1e-12)

    (answer,) = log.answer(served, [b'{"features": [1, 2], "id": "mine"}'])

    assert json.loads(answer)["id"] == "mine"
    log.writer.work()
    assert not log.directory.exists()


def test_an_unknown_category_is_logged_as_it_was_sent(store: ModelStore) -> None:
    served, log = served_from(store, mixed_model()), Logging(store)
    strange: list[Value] = [22, 71, True, "rot:\u00fc", "  Oslo "]
    named = {"age": 22, "fare": None, "member": False, " colour": "puce", "town": "Wien"}
    half = b'{"features": [22, 71, true, "half: \\ud800", "Oslo"]}'
    bodies = [
        body_of(EXAMPLE),
        body_of(strange),
        json.dumps({"instances": [EXAMPLE, named, strange]}).encode(),
        json.dumps({"features": named}).encode(),
        half,
    ]

    answers = log.answer(served, bodies)

    assert all(b'"prediction' in answer for answer in answers)
    colours = Counter(row.features["colour"] for row in log.logged())
    assert colours == {"green": 2, "rot:\u00fc": 2, "puce": 2, "half: \ufffd": 1}
    towns = Counter(row.features["town"] for row in log.logged())
    assert towns == {"Oslo": 5, "Wien": 2}


def test_an_omitted_column_never_reaches_the_disk(store: ModelStore) -> None:
    served, log = served_from(store, mixed_model()), Logging(store, omit="colour, age")

    log.answer(served, [body_of([31.5, None, True, "s3cret", "n0where"])])

    (row,) = log.logged()
    assert row.features == {"fare": None, "member": True, "town": "n0where"}
    files = [path.read_bytes() for path in log.layout.root.rglob("*") if path.is_file()]
    assert not any(b"s3cret" in content for content in files)


def test_a_regressor_has_only_a_prediction(store: ModelStore) -> None:
    served, log = served_from(store, toy_regressor()), Logging(store)

    (answer,) = log.answer(served, [b'{"features": [1.5, 2]}'])

    (row,) = log.logged()
    assert row.answer.prediction == json.loads(answer)["prediction"]
    assert (row.answer.label, row.answer.probabilities) == (None, None)
    assert b"label" not in next(log.directory.iterdir()).read_bytes()


@pytest.fixture
def small_queue(monkeypatch: pytest.MonkeyPatch) -> int:
    """Let at most this many rows wait."""
    monkeypatch.setattr("predictor.prediction_log.row_queue.MAX_ROWS", 1_000)
    return 1_000


def test_rows_that_come_too_fast_are_dropped_and_reported_once(
    store: ModelStore, caplog: pytest.LogCaptureFixture, small_queue: int
) -> None:
    served, log = served_from(store, toy_model()), Logging(store)
    body = json.dumps({"instances": [[1, 2]] * (small_queue // 2 + 1)}).encode()

    answers = log.answer(served, [body, body, body])

    assert all(b'"ids"' in answer for answer in answers)
    assert log.page()(DROPPED, reason="queue") == 2 * (small_queue // 2 + 1)
    assert len(log.logged()) == small_queue // 2 + 1
    assert caplog.text.count("rows are missing in the prediction log") == 1
    log.clock.now += 11
    log.writer.work()
    assert caplog.text.count(f"{small_queue + 2} are missing") == 0  # it is not a warning
    assert len(log.logged()) == small_queue // 2 + 1


def test_names_with_quotes_are_logged_too(store: ModelStore) -> None:
    model = toy_model(features=('5" pipe', "back\\slash"))
    served, log = served_from(store, model), Logging(store)

    (answer,) = log.answer(served, [b'{"features": [1, 2]}'])

    (row,) = log.logged()
    assert row.features == {'5" pipe': 1.0, "back\\slash": 2.0}
    assert row.answer.probabilities == json.loads(answer)["probabilities"]


def test_a_volume_that_hangs_delays_no_answer(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch, small_queue: int
) -> None:
    served, log = served_from(store, toy_model()), Logging(store)
    is_hanging, may_go_on = threading.Event(), threading.Event()
    real = log.segment.append

    def hang(lines: bytes) -> None:
        is_hanging.set()
        assert may_go_on.wait(60)
        real(lines)

    monkeypatch.setattr(log.segment, "append", hang)
    body = json.dumps({"instances": [[1, 2]] * (small_queue // 2)}).encode()
    log.writer.start()
    log.answer(served, [b'{"features": [1, 2]}'])
    assert is_hanging.wait(60)

    answers = [log.answer(served, [body])[0] for _ in range(4)]

    assert all(b'"ids"' in answer for answer in answers)
    assert log.page()(DROPPED, reason="queue") == small_queue
    may_go_on.set()
    log.writer.stop(60)
    assert log.page()(WRITTEN) == small_queue + 1
    assert len(log.logged()) == small_queue + 1
