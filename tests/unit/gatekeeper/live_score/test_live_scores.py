"""The scores on the board follow the log, the labels and the promotions."""

import errno
import os
import signal
import threading

import pytest

from gatekeeper.evidence.live_score_messages import LiveScoreRequest, LiveScoreResult
from gatekeeper.live_score.live_scores import NO_LABELS, LiveScores, LiveScoreSettings, Scorer
from gatekeeper.live_score.scorer_process import ScorerProcess
from gatekeeper.sandbox.live_score import live_scorer
from gatekeeper.sandbox.live_score.live_scorer import LiveScorer
from shared.contract.documents import Decision
from shared.contract.layout import ARTEFACT
from shared.errors import EvaluationUnavailableError
from shared.prediction_log.logged_row import LoggedAnswer
from shared.store.store import ModelStore
from tests.support.models.toy import CLASSES, toy_model
from tests.support.stores.builders import promote
from tests.support.stores.logged_rows import make_row, write_labels, write_rows

ROWS = 200


class ScorerHere:
    """The scorer in this process, which counts its requests."""

    def __init__(self) -> None:
        self.asked = 0
        self.fails = False
        self._scorer = LiveScorer()

    def ask(self, request: LiveScoreRequest) -> LiveScoreResult:
        if self.fails:
            raise EvaluationUnavailableError("It ended.")
        self.asked += 1
        return self._scorer.respond(request)

    def close(self) -> None:
        self._scorer = LiveScorer()


def log_rows(store: ModelStore, version: int, right: int = ROWS - 20) -> list[tuple[str, str]]:
    """Log ROWS answers of *version*; return labels by which *right* of them are right."""
    rows, labels = [], []
    for i in range(ROWS):
        place = i % 2
        answer = LoggedAnswer(place, CLASSES[place])
        rows.append(make_row(f"{version}-{i}", i, version=version, answer=answer))
        labels.append((f"{version}-{i}", CLASSES[place if i < right else 1 - place]))
    write_rows(store.layout, rows)
    return labels


def start(store: ModelStore, scorer: Scorer) -> LiveScores:
    def decisions() -> list[Decision]:
        return [each.decision for each in store.decision_log().entries]

    settings = LiveScoreSettings("accuracy", None, 10_000, 4096)
    return LiveScores(store, decisions, settings, scorer, threading.Event())


def read(scores: LiveScores) -> dict[int, float | str | None]:
    """Return the value of each version, or why it has none."""
    board = scores.board.scores
    return {name: each.found.problem or each.found.value for name, each in board.items()}


def test_scores_are_computed_when_something_changed(store: ModelStore) -> None:
    scorer = ScorerHere()
    scores = start(store, scorer)
    scores.look()
    assert read(scores) == {}
    promote(store, toy_model())
    labels = log_rows(store, 1)
    scores.look()
    assert read(scores) == {1: NO_LABELS}
    assert scorer.asked == 0
    path = write_labels(store.layout, labels)
    scores.look()
    scores.look()
    assert read(scores) == {1: 0.9}
    assert scorer.asked == 1
    path.write_bytes(path.read_bytes() + b"rubbish\n")
    scores.look()
    assert scorer.asked == 2
    promote(store, toy_model(bias=1.0))
    scores.look()
    assert read(scores) == {2: "None of its logged rows has a label.", 1: 0.9}
    write_labels(store.layout, log_rows(store, 2, right=ROWS - 60), second=60)
    scores.look()
    assert read(scores) == {2: 0.7, 1: 0.9}


def test_a_damaged_model_does_not_prevent_the_score_of_another(store: ModelStore) -> None:
    first = promote(store, toy_model())
    promote(store, toy_model(bias=1.0))
    write_labels(store.layout, log_rows(store, 1) + log_rows(store, 2))
    (store.layout.model(first.digest) / ARTEFACT).write_text("{}")
    scores = start(store, ScorerHere())
    scores.look()
    found = read(scores)
    assert found[2] == 0.9
    assert str(found[1]).startswith("Its model cannot be read: ")


def test_a_version_whose_model_was_removed_has_no_score(store: ModelStore) -> None:
    first = promote(store, toy_model())
    promote(store, toy_model(bias=1.0))
    write_labels(store.layout, log_rows(store, 1) + log_rows(store, 2))
    directory = store.layout.model(first.digest)
    for path in directory.iterdir():
        path.unlink()
    directory.rmdir()
    scores = start(store, ScorerHere())
    scores.look()
    assert read(scores) == {1: "The store no longer has its model.", 2: 0.9}


def test_a_failed_scorer_is_reported_and_the_scores_stay(store: ModelStore) -> None:
    promote(store, toy_model())
    write_labels(store.layout, log_rows(store, 1))
    scorer = ScorerHere()
    scores = start(store, scorer)
    scores.look()
    write_rows(store.layout, [make_row("new", 900)])
    scorer.fails = True
    with pytest.raises(EvaluationUnavailableError):
        scores.look()
    assert read(scores) == {1: 0.9}
    scorer.fails = False
    scores.look()
    assert scorer.asked == 2


def test_rows_that_could_not_be_read_are_read_again(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    promote(store, toy_model())
    write_labels(store.layout, log_rows(store, 1))
    scorer = ScorerHere()
    scores = start(store, scorer)

    def fail(*_: object) -> None:
        raise OSError(errno.ESTALE, "Stale file handle")

    with monkeypatch.context() as patch:
        patch.setattr(live_scorer, "read_newest_labels", fail)
        scores.look()
    assert "cannot be read now: [Errno 116] Stale file handle" in str(read(scores)[1])
    scores.look()
    assert read(scores) == {1: 0.9}
    scores.look()
    assert scorer.asked == 2


@pytest.mark.thorough
def test_the_process_lives_on_and_another_one_follows_when_it_is_killed(store: ModelStore) -> None:
    promote(store, toy_model())
    write_labels(store.layout, log_rows(store, 1))
    process = ScorerProcess(threading.Event())
    scores = start(store, process)
    try:
        scores.look()
        assert read(scores) == {1: 0.9}
        first = process.pid
        write_rows(store.layout, [make_row("new", 900)])
        scores.look()
        assert process.pid == first
        assert first is not None
        os.kill(first, signal.SIGKILL)
        os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
        write_rows(store.layout, [make_row("newer", 901)])
        scores.look()
        assert process.pid not in {None, first}
        assert read(scores) == {1: 0.9}
    finally:
        process.close()


@pytest.mark.thorough
def test_a_process_that_does_not_respond_is_ended_in_time(store: ModelStore) -> None:
    promote(store, toy_model())
    write_labels(store.layout, log_rows(store, 1))
    process = ScorerProcess(threading.Event(), seconds=0.2)
    with pytest.raises(EvaluationUnavailableError, match=r"not scored within 0\.2 s"):
        start(store, process).look()
    assert process.pid is None


@pytest.mark.thorough
def test_a_process_without_enough_memory_says_so(store: ModelStore) -> None:
    promote(store, toy_model())
    labels = log_rows(store, 1)
    write_labels(store.layout, [(f"{i:0150}", "x") for i in range(200_000)] + labels)
    settings = LiveScoreSettings("accuracy", None, 10_000, 1)
    process = ScorerProcess(threading.Event())
    decisions = [each.decision for each in store.decision_log().entries]
    scores = LiveScores(store, lambda: decisions, settings, process, threading.Event())
    try:
        scores.look()
        assert "more than 1 MiB of memory" in str(read(scores)[1])
    finally:
        process.close()
