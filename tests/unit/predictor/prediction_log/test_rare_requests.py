"""Requests that few clients send are logged as well as all others."""

import errno
import json
import sys
import time

import numpy as np
import pytest

from predictor.loop_turns import give_turn, pause_at_turns
from predictor.open_inference.infer import infer
from predictor.prediction_log import sent_strings
from predictor.prediction_log.request_choice import RequestChoice
from shared.contract.documents import Feature
from shared.errors import StoreWriteError
from shared.inference.feature_encoding import UNSEEN
from shared.inference.logged_rows import encode_logged_rows
from shared.store.store import ModelStore
from tests.support.http.infer_requests import in_binary, served_from
from tests.support.models.mixed import EXAMPLE, mixed_model
from tests.support.models.served import float64_regressor, toy_regressor
from tests.support.models.toy import toy_model
from tests.unit.predictor.prediction_log.logging_rows import WRITTEN, Logging

HALF = "\ud800"
"""Half of a surrogate pair, which JSON can have and UTF-8 cannot."""


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Make a pause at each turn, and collect the seconds instead of waiting."""
    found: list[float] = []
    monkeypatch.setattr("predictor.loop_turns.PIECE_SECONDS", 0.0)
    monkeypatch.setattr(time, "sleep", found.append)
    return found


@pytest.mark.parametrize("town", ["Oslo", "ids", "],[", '"ids"'])
@pytest.mark.parametrize("strange", [HALF, "rot"])
def test_each_row_of_a_large_body_is_logged_as_it_was_sent(
    store: ModelStore, pauses: list[float], strange: str, town: str
) -> None:
    served, log = served_from(store, mixed_model()), Logging(store)
    rows = [[*EXAMPLE[:3], colour, town] for colour in ["puce", strange, "green"] * 800]
    numbers = range(len(rows))
    bodies = [
        json.dumps({"ids": [f"a{n}" for n in numbers], "instances": rows}),
        json.dumps({"instances": rows, "ids": [f"b[{n}]\u00fc" for n in numbers]}),
        json.dumps({"ids": [f"c[{n}]" for n in numbers], "instances": rows}, indent=1),
    ]

    log.answer(served, [body.encode() for body in bodies])
    with pause_at_turns():
        logged = {row.id: row.features for row in log.logged()}

    found = ["puce", strange.replace(HALF, "\ufffd"), "green"] * 800
    for name in ("a{}", "b[{}]\u00fc", "c[{}]"):
        each = [logged[name.format(n)] for n in numbers]
        assert [row["colour"] for row in each] == found
        assert {row["town"] for row in each} == {town}
    assert len(pauses) > len(rows)


def test_a_body_is_decoded_once_for_all_of_its_strings(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"c{number}" for number in range(60)]
    features = [Feature(name=name, type="category", categories=("a", "b")) for name in names]
    served = served_from(store, float64_regressor([Feature(name="n", type="number"), *features]))
    log = Logging(store)
    decoded: list[bytes] = []
    real = sent_strings.SentRows

    def count(body: bytes, *rest: object) -> object:
        decoded.append(body)
        return real(body, *rest)  # type: ignore[arg-type]  # the arguments are passed on

    monkeypatch.setattr(sent_strings, "SentRows", count)
    bodies = [
        json.dumps({"features": {"n": 1, **{name: f"{name}/{n}" for name in names}}}).encode()
        for n in range(40)
    ]

    log.answer(served, bodies)

    logged = {row.features["c0"]: row.features for row in log.logged()}
    assert {*logged} == {f"c0/{n}" for n in range(40)}
    assert all(logged[f"c0/{n}"]["c59"] == f"c59/{n}" for n in range(40))
    assert decoded == bodies


def test_work_for_all_requests_pauses_at_its_turns(pauses: list[float]) -> None:
    give_turn()
    assert pauses == []
    with pause_at_turns():
        give_turn()
    give_turn()

    assert len(pauses) == 1


@pytest.mark.parametrize("lone", ["\\ud800", "\\ud800 \\udfff", "\\udc00x"])
def test_a_replaced_character_never_makes_a_category(store: ModelStore, lone: str) -> None:
    categories = ("\ufffd", "\ufffd \ufffd", "\ufffdx", "\ufffd\ufffd")
    features = [
        Feature(name="n", type="number"),
        Feature(name="site", type="category", categories=categories),
    ]
    served, log = served_from(store, float64_regressor(features)), Logging(store)

    (answer,) = log.answer(served, [b'{"features": [1, "%b"]}' % lone.encode()])

    assert b'"prediction"' in answer
    (row,) = log.logged()
    assert str(row.features["site"]).startswith("\ufffd")
    assert encode_logged_rows([row.features], features).rows[0, 1] == UNSEEN


def test_a_regressor_without_any_logged_column_is_logged(store: ModelStore) -> None:
    served, log = served_from(store, toy_regressor()), Logging(store, omit="x0,x1")

    log.answer(served, [b'{"instances": [[1, 2], [3, 4]]}'])

    rows = log.logged()
    assert [row.features for row in rows] == [{}, {}]
    assert [row.answer.prediction for row in rows] == [5.0, 11.0]


@pytest.mark.parametrize("blanks", range(4))
def test_rows_that_wait_keep_no_body_in_memory(store: ModelStore, blanks: int) -> None:
    """Numbers at an address that is a multiple of 4 are read without a copy."""
    served, log = served_from(store, toy_model()), Logging(store)
    body, header = in_binary(np.ones((1, 2), np.float32), id="a" + " " * blanks)
    before = sys.getrefcount(body)

    reply = infer(served, body, header, lambda *_: None, log.rows)

    assert reply.status == 200
    assert sys.getrefcount(body) == before
    assert [row.features for row in log.logged()] == [{"width": 1.0, "height": 1.0}]


def test_long_ids_count_as_memory_of_rows_that_wait(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("predictor.prediction_log.row_queue.MAX_BYTES", 20_000)
    served, log = served_from(store, toy_model()), Logging(store)
    body = json.dumps({"instances": [[1, 2]] * 100, "ids": [f"{n:0128}" for n in range(100)]})
    short = json.dumps({"instances": [[1, 2]] * 100, "ids": [f"{n}" for n in range(100)]})

    log.answer(served, [body.encode(), short.encode()])

    assert sorted(row.id for row in log.logged()) == sorted(f"{n}" for n in range(100))


def test_only_a_written_row_ends_a_report_of_missing_rows(
    store: ModelStore, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level("INFO")
    served, log = served_from(store, toy_model()), Logging(store)

    def refuse(_lines: bytes) -> None:
        raise StoreWriteError(log.directory, OSError(errno.ENOSPC, "No space left on device"))

    def try_to_log(seconds: float) -> None:
        log.answer(served, [b'{"features": [1, 2]}'])
        log.writer.work()
        log.clock.now += seconds
        log.writer.work()

    with monkeypatch.context() as patch:
        patch.setattr(log.segment, "append", refuse)
        for _ in range(3):
            try_to_log(11)

    assert caplog.text.count("rows are missing in the prediction log") == 1
    assert "No space left" in caplog.text
    assert "logged again" not in caplog.text
    try_to_log(0)
    assert "Rows are logged again; 3 are missing" in caplog.text
    assert log.page()(WRITTEN) == 1


@pytest.mark.parametrize("share", [1e-17, 1e-310, 5e-324])
def test_the_smallest_shares_choose_hardly_any_request(share: float) -> None:
    assert [RequestChoice(share).choose(10**6) for _ in range(50)] == [()] * 50
