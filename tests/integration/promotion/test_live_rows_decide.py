"""The gate lets a challenger answer what production was asked."""

import os
import threading
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from gatekeeper.evaluation.process_evaluator import ProcessEvaluator
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.documents import NPZ_MEDIA_TYPE, Decision, Feature
from shared.contract.layout import HOLDOUT
from shared.prediction_log.logged_row import LoggedRow, Value
from shared.scoring.holdout_file import Holdout, encode_holdout
from shared.store.store import ModelStore
from tests.support.models.lookup import candidate_on, lookup_model
from tests.support.models.served import toy_regressor
from tests.support.models.toy import ToyModel
from tests.support.stores.builders import promote
from tests.support.stores.decisions import check_of, decided
from tests.support.stores.gatekeeping import ACCURACY, gatekeeper_of, handed_in, with_file
from tests.support.stores.live_answers import answered_rows
from tests.support.stores.logged_rows import write_rows

TRUTH = (("Bonn", "no"), ("Oslo", "yes"))
CHAMPION = lookup_model(dict(TRUTH), sure=0.7)
FAILS = lookup_model(dict(TRUTH), unseen=None)
"""A model without a finite answer to any city but Bonn and Oslo."""


def logged(*cities: str, champion: ToyModel = CHAMPION, **others: Value) -> list[LoggedRow]:
    """Return the champion's answers to *cities*, newest last."""
    return answered_rows(champion, [{"city": city, **others} for city in cities])


def judge(store: ModelStore, model: ToyModel, **policy: object) -> Decision:
    """Let a gatekeeper decide *model*, with *TRUTH* as its holdout."""
    candidate = candidate_on(model, TRUTH).publish(store)
    return decided(store, candidate, ACCURACY.model_copy(update=policy))


def test_a_model_that_fails_on_a_category_seen_only_live_is_refused_by_name(
    store: ModelStore,
) -> None:
    promote(store, CHAMPION)
    write_rows(store.layout, logged(*["Bonn"] * 40, *["Rome"] * 12, *["Oslo"] * 30))
    candidate = candidate_on(FAILS, TRUTH).publish(store)
    with closing(ProcessEvaluator(threading.Event())) as evaluator:
        gatekeeper_of(store, evaluator=evaluator).poll()

    decision = store.decision_log().decision_on(candidate)
    assert decision is not None
    assert decision.outcome == "refused"
    (check,) = decision.failed
    assert check.name == "live-rows-answered"
    assert (check.observed["rows"], check.observed["failed"]) == (82, 12)
    assert check.message.startswith(
        "The model fails for 12 of 82 logged rows: for 12 its answer is not finite or of no class. "
        "All of these have the value 'Rome' of 'city', which its training data lack."
    )
    assert [path.name for path in store.layout.models.iterdir()] == [CHAMPION.digest[7:]]


def test_rows_that_production_cannot_answer_either_refuse_nobody(store: ModelStore) -> None:
    known = dict(TRUTH) | {"Lima": "yes"}
    promote(store, lookup_model(known, unseen=None))
    old = lookup_model(dict(TRUTH), unseen="yes")
    write_rows(store.layout, logged(*["Bonn"] * 40, *["Rome"] * 12, *["Lima"] * 9, champion=old))

    decision = judge(store, lookup_model(known, unseen=None, sure=0.7))

    assert decision.outcome == "promoted"
    check = check_of(decision, "live-rows-answered")
    observed = check.observed
    assert (observed["answered"], observed["failed"], observed["failed_both"]) == (49, 0, 12)
    both = "12 logged rows are answered neither by it nor by production."
    assert check.message.endswith(both)
    message = check_of(judge(store, FAILS), "live-rows-answered").message
    assert message.startswith("The model fails for 9 of 49 logged rows:")
    assert f"have the value 'Lima' of 'city', which its training data lack. {both}" in message


def test_a_category_of_few_rows_is_not_named(store: ModelStore) -> None:
    promote(store, CHAMPION)
    rows = logged(*["Bonn"] * 40, *["Anna Smith"] * 4, "Bob\x1b[31m")
    write_rows(store.layout, rows)

    decision = judge(store, FAILS)

    assert decision.outcome == "refused"
    message = check_of(decision, "live-rows-answered").message
    assert "'another category that the training data lack' of 'city'" in message
    document = store.layout.decision(decision.number).read_text()
    assert not [text for text in ("Anna", "Bob", rows[0].id) if text in document]


def test_only_the_newest_rows_are_replayed(store: ModelStore) -> None:
    promote(store, CHAMPION)
    write_rows(store.layout, logged(*["Rome"] * 20, *["Bonn"] * 30))
    for rows, outcome in ((31, "refused"), (30, "promoted"), (0, "promoted")):
        decision = judge(store, lookup_model(dict(TRUTH), unseen=None, sure=0.6), replay_rows=rows)
        assert decision.outcome == outcome
    assert not [check for check in decision.checks if check.name == "live-rows-answered"]


def test_the_decision_says_how_many_answers_change_and_where(store: ModelStore) -> None:
    promote(store, CHAMPION)
    write_rows(store.layout, logged(*["Bonn"] * 100, *["Rome"] * 150, *["Oslo"] * 150))
    challenger = lookup_model(dict(TRUTH), unseen="yes")

    decision = judge(store, challenger, max_changed_answers=0.3)

    assert [check.name for check in decision.failed] == ["changed-answers"]
    check = check_of(decision, "changed-answers")
    assert (check.observed["share"], check.required) == (0.375, 0.3)
    rome = {"column": "city", "value": "Rome", "rows": 150, "changed": 150}
    assert check.observed["slices"] == [rome]
    assert "37.5 % of the answers to 400 logged rows differ from production's" in check.message
    decision = judge(store, lookup_model(dict(TRUTH), unseen="yes", sure=0.9))
    assert decision.outcome == "promoted"
    assert check_of(decision, "changed-answers").skipped == "no_limit"


def test_numbers_change_by_a_tenth_of_the_deviation_of_production(store: ModelStore) -> None:
    champion = toy_regressor((1.0, 0.0))
    promote(store, champion)
    rows = [{"x0": 0.5 - index % 2, "x1": float(index < 25)} for index in range(100)]
    write_rows(store.layout, answered_rows(champion, rows))
    for effect, changed in ((0.04, 0), (0.10, 25)):  # the first one is promoted
        model, holdout = toy_regressor((1.0, effect)), np.array([[-1.0, 0.0], [1.0, 0.0]])
        data = encode_holdout(Holdout(holdout, holdout[:, 0]))
        candidate = with_file(handed_in(model), HOLDOUT, NPZ_MEDIA_TYPE, data)
        candidate = candidate.with_manifest(metric="r2", holdout_metrics={"r2": 1.0})
        decision = decided(store, candidate.publish(store), GatePolicy(metric="r2"))
        observed = check_of(decision, "changed-answers").observed
        assert observed["changed"] == changed
        assert observed["smallest"] == pytest.approx(0.05, rel=0.02)


def test_outliers_do_not_hide_changed_numbers(store: ModelStore) -> None:
    champion = toy_regressor((1.0, 0.0))
    promote(store, champion)
    rows = [{"x0": index / 100, "x1": 1.0} for index in range(100)] + [{"x0": 1e9, "x1": 1.0}]
    write_rows(store.layout, answered_rows(champion, rows))
    holdout = encode_holdout(Holdout(np.array([[-1.0, 0.0], [1.0, 0.0]]), np.array([-1.0, 1.0])))
    candidate = with_file(handed_in(toy_regressor((1.0, 0.5))), HOLDOUT, NPZ_MEDIA_TYPE, holdout)
    candidate = candidate.with_manifest(metric="r2", holdout_metrics={"r2": 1.0})

    policy = GatePolicy(metric="r2", max_changed_answers=0.5)
    decision = decided(store, candidate.publish(store), policy)

    assert [check.name for check in decision.failed] == ["changed-answers"]
    assert check_of(decision, "changed-answers").observed["changed"] >= 100


def test_a_damaged_log_is_a_warning_and_refuses_nobody(
    store: ModelStore, caplog: pytest.LogCaptureFixture
) -> None:
    promote(store, CHAMPION)
    path = write_rows(store.layout, logged(*["Bonn"] * 50))
    lines = path.read_bytes().splitlines(keepends=True)
    changed = b'"prediction":1,"label":"yes"'
    lines[7] = lines[7].replace(b'"prediction":0,"label":"no"', changed)
    path.write_bytes(b"".join(lines))

    decision = judge(store, lookup_model(dict(TRUTH)))

    assert decision.outcome == "promoted"
    check = check_of(decision, "answers-reproduced")
    assert check.observed == {"rows": 50, "different": 1, "exact": 49}
    assert check.message.startswith("Warning: production's model gives another answer than logged")
    assert "another answer than logged to 1 of 50 rows" in caplog.text


def test_production_reproduces_its_answers_and_those_of_other_versions_do_not_count(
    store: ModelStore,
) -> None:
    promote(store, lookup_model(dict(TRUTH), unseen="yes"))
    promote(store, CHAMPION)
    write_rows(store.layout, answered_rows(CHAMPION, [{"city": "Rome"}] * 30, version=2))
    write_rows(store.layout, logged(*["Oslo"] * 20), worker="b-2")

    decision = judge(store, lookup_model(dict(TRUTH)))

    assert check_of(decision, "live-rows-answered").observed["answered"] == 50
    assert check_of(decision, "answers-reproduced").observed == {
        "rows": 30,
        "different": 0,
        "exact": 30,
    }


def test_rows_that_lack_a_column_are_left_out_and_counted(store: ModelStore) -> None:
    promote(store, CHAMPION)
    write_rows(store.layout, logged(*["Bonn"] * 30))
    write_rows(store.layout, logged(*["Bonn"] * 20, age=3.5), worker="b-2")
    age = Feature(name="age", type="number")
    challenger = lookup_model(dict(TRUTH), others=(age,))

    decision = judge(store, challenger, allow_schema_change=True)

    check = check_of(decision, "live-rows-answered")
    assert (check.observed["answered"], check.observed["unreadable"]) == (20, 30)
    assert check.message.endswith(
        "30 logged rows lack a column of the model, or have it with another type."
    )


@pytest.mark.parametrize("is_allowed", [False, True])
def test_a_missing_value_that_the_model_needs_refuses_it(
    store: ModelStore, *, is_allowed: bool
) -> None:
    age = Feature(name="age", type="number", nullable=True)
    champion = lookup_model(dict(TRUTH), others=(age,))
    promote(store, champion)
    write_rows(store.layout, logged(*["Bonn"] * 20, champion=champion, age=None))
    strict = lookup_model(dict(TRUTH), others=(age.model_copy(update={"nullable": False}),))

    decision = judge(store, strict, allow_schema_change=is_allowed)

    check = check_of(decision, "live-rows-answered")
    assert check.passed == is_allowed
    assert ("20 lack a value that it needs, such as 'age'" in check.message) != is_allowed


def test_without_a_log_the_check_says_why_it_did_not_run(store: ModelStore) -> None:
    promote(store, CHAMPION)
    decision = judge(store, FAILS)
    assert decision.outcome == "promoted"
    check = check_of(decision, "live-rows-answered")
    assert (check.result, check.observed) == ("not checked", None)
    assert "there is no prediction log. Set PREDICTOR_LOG_SHARE" in check.message


HOSTILE = (
    b"[" * 100_000,
    b'{"id":"a","time":"2026-01-31T12:00:00Z","version":1,"features":' + b'{"x":' * 90_000,
    b'{"id":"\\u001b[31mcrimson","time":"2026-01-31T12:00:00Z","version":1,"features":'
    b'{"city":"Bonn"},"answer":{"prediction":1' + b"0" * 400 + b"}}",
    b'{"id":"a","time":"9999-12-31T23:59:59.999999Z","version":1,"features":{},"answer":{"prediction":0}}',
    b'{"id":"b","time":"2026-01-31T12:00:00Z","version":1,"features":{"city":NaN},"answer":{}}',
    b'{"id":"c","time":"2026-01-31T12:00:00Z","version":1,"features":{"city":"'
    + b"x" * 1_000_000
    + b'"},"answer":{"prediction":0}}',
    b"\xff\x00\xfe",
)


def test_a_hostile_log_neither_stops_the_gatekeeper_nor_reaches_messages(store: ModelStore) -> None:
    promote(store, CHAMPION)
    path = write_rows(store.layout, logged(*["Bonn"] * 10))
    path.write_bytes(b"\n".join([*HOSTILE, path.read_bytes(), b'{"id":"torn']))
    _place_links(path.parent)

    decision = judge(store, lookup_model(dict(TRUTH)))

    assert decision.outcome == "promoted"
    assert check_of(decision, "live-rows-answered").observed["rows"] == 12
    document = store.layout.decision(decision.number).read_bytes()
    assert not [text for text in (b"crimson", b"xxxx", b"torn") if text in document]


def _place_links(folder: Path) -> None:
    """Add what is not a segment: a link, a directory, an empty file and a hidden segment."""
    (folder / "00000002.jsonl").symlink_to("/dev/zero")
    (folder / "00000003.jsonl").mkdir()
    (folder / "00000004.jsonl").touch()
    (folder / ".tmp-00000005.jsonl").write_bytes(b"not published\n")


@pytest.mark.parametrize("damage", ["a link", "a file", "a fifo", "an empty segment"])
def test_a_log_that_cannot_be_read_is_said_loudly_and_refuses_nobody(
    store: ModelStore, caplog: pytest.LogCaptureFixture, tmp_path: Path, damage: str
) -> None:
    promote(store, CHAMPION)
    folder = store.layout.predictions
    match damage:
        case "a link":
            folder.symlink_to(tmp_path)
        case "a file":
            folder.mkdir()
            (folder / "a-1").write_bytes(b"")
        case "a fifo":
            folder.mkdir()
            os.mkfifo(folder / "a-1")
        case _:
            (folder / "a-1").mkdir(parents=True)
            (folder / "a-1" / "00000001.jsonl").touch()

    decision = judge(store, lookup_model(dict(TRUTH)))

    assert decision.outcome == "promoted"
    assert check_of(decision, "live-rows-answered").skipped == "not_checked"
    assert "The prediction log was not replayed" in caplog.text
