"""Rows become lines in the thread that answers them, or later in the writer's."""

import gc
import json
import threading
import weakref
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from predictor.lifecycle.served_model import ServedModel
from predictor.prediction_log.answered_rows import LoggedReply
from predictor.prediction_log.line_encoder import LineEncoder, LineEncoders
from predictor.prediction_log.omitted_columns import OmittedColumns
from shared.store.store import ModelStore
from tests.support.http.infer_requests import served_from
from tests.support.models.mixed import EXAMPLE, mixed_model
from tests.support.models.served import toy_regressor
from tests.support.models.toy import toy_model
from tests.support.processes.wait_until import wait_for
from tests.unit.predictor.prediction_log.logging_rows import DROPPED, WRITTEN, Logging


def body_of(row: object) -> bytes:
    return json.dumps({"features": row}).encode()


def lines_of(log: Logging, served: ServedModel, bodies: list[bytes]) -> list[bytes]:
    """Answer *bodies*, and return the ends of their lines, after id and time."""
    log.answer(served, bodies)
    assert len(log.logged()) == len(bodies)
    (path,) = log.directory.iterdir()
    lines = [line[line.index(b'"version":') :] for line in path.read_bytes().splitlines()]
    path.unlink()
    return lines


@pytest.mark.parametrize("model", ["classifier", "regressor"])
@pytest.mark.parametrize("omit", ["", "fare,town,x0"])
def test_both_threads_write_the_same_lines(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch, model: str, omit: str
) -> None:
    if model == "classifier":
        served = served_from(store, mixed_model())
        bodies = [body_of(EXAMPLE), body_of([31.5, None, False, *EXAMPLE[3:]]), body_of(EXAMPLE)]
    else:
        served = served_from(store, toy_regressor())
        bodies = [body_of([1, -0.1]), body_of({"x1": 1e-7, "x0": 2.5e17})]
    log = Logging(store, omit=omit)

    at_once = lines_of(log, served, bodies)
    monkeypatch.setattr("predictor.prediction_log.row_log.MAX_LOOP_VALUES", 0)
    later = lines_of(log, served, bodies)

    assert at_once == later
    assert [b"fare" in line or b"x0" in line for line in later] == [not omit] * len(bodies)


def test_rows_that_cannot_be_encoded_are_answered_and_dropped(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    served, log = served_from(store, toy_model()), Logging(store)

    def fail(*_arguments: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(LineEncoder, "encode_replies", fail)
        answers = log.answer(served, [body_of([1, 2])] * 3)
        log.writer.work()
    log.answer(served, [body_of([3, 4])])

    assert all(json.loads(answer)["label"] == "large" for answer in answers)
    assert [row.features for row in log.logged()] == [{"width": 3.0, "height": 4.0}]
    assert log.page()(DROPPED, reason="error") == 3


def test_rows_of_several_turns_become_lines_together_and_keep_their_times(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    served, log = served_from(store, toy_model()), Logging(store)
    encoded: list[int] = []
    encode = LineEncoder.encode_replies

    def note(encoder: LineEncoder, replies: Sequence[LoggedReply]) -> bytes:
        encoded.append(len(replies))
        return encode(encoder, replies)

    monkeypatch.setattr(LineEncoder, "encode_replies", note)
    monkeypatch.setattr(log.rows, "_clock", log.clock)
    for turn in range(5):
        log.clock.now = 1_000_000.25 + turn
        log.answer(served, [body_of([turn, 2])] * 2)
    assert encoded == []

    rows = log.logged()

    assert encoded == [10]
    assert [row.features["width"] for row in rows] == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    seconds = [row.time.timestamp() - 1_000_000.25 for row in rows]
    assert seconds == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_versions_that_change_between_turns_write_their_own_lines(store: ModelStore) -> None:
    models = [served_from(store, toy_model()), served_from(store, mixed_model())]
    log = Logging(store)

    answers = [
        json.loads(*log.answer(served, [body_of(row)]))
        for _ in range(3)
        for served, row in zip(models, ([1, 2], EXAMPLE), strict=True)
    ]

    rows = log.logged()
    assert [(row.id, row.version) for row in rows] == [
        (answer["id"], answer["model_version"]) for answer in answers
    ]
    assert [len(row.features) for row in rows] == [2, len(EXAMPLE)] * 3
    assert [row.answer.label for row in rows] == [answer["label"] for answer in answers]


def test_threads_that_answer_at_once_log_each_row_once(store: ModelStore) -> None:
    served, log = served_from(store, toy_model()), Logging(store)
    start = threading.Barrier(4)

    def answer(_thread: int) -> list[str]:
        start.wait(60)
        turns = [log.answer(served, [body_of([1, 2])] * 3) for _ in range(200)]
        return [json.loads(reply)["id"] for turn in turns for reply in turn]

    log.writer.start()
    with ThreadPoolExecutor(4) as threads:
        ids = [id_ for each in threads.map(answer, range(4)) for id_ in each]
    log.writer.stop(60)

    assert sorted(row.id for row in log.logged()) == sorted(ids)
    assert len({*ids}) == 2_400


def test_many_rows_are_written_without_waiting_for_a_round(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("predictor.prediction_log.log_writer.ROUND_SECONDS", 3600.0)
    served, log = served_from(store, toy_model()), Logging(store)
    log.writer.start()

    log.answer(served, [body_of([1, 2])] * 2_000)

    wait_for(lambda: (log.page()(WRITTEN) or 0) > 1_000, "the first rows")
    log.writer.stop(60)
    assert len(log.logged()) == 2_000


def test_the_log_keeps_no_model_that_was_replaced(store: ModelStore) -> None:
    encoders = LineEncoders(OmittedColumns(""), "a-")
    served = served_from(store, mixed_model())
    assert encoders.find(served) is encoders.find(served)
    replaced = weakref.ref(served)

    del served
    gc.collect()

    assert replaced() is None


def test_lines_longer_than_the_buffer_are_written_in_order(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("predictor.prediction_log.log_writer._BUFFER_BYTES", 500)
    served, log = served_from(store, toy_model()), Logging(store)

    for count in (1, 1, 9, 1, 2, 9, 9, 1):
        log.answer(served, [body_of([count, 2])] * count)

    rows = log.logged()
    widths = [row.features["width"] for row in rows]
    assert widths == [1, 1, *[9] * 9, 1, *[2] * 2, *[9] * 18, 1]
    assert log.page()(WRITTEN) == len(rows)
