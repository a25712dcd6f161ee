"""A version that labels show to be worse is rolled back, once; every other one stays."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from gatekeeper.decisions.approval import Approvals
from gatekeeper.decisions.approval_queue import ApprovalQueue
from gatekeeper.decisions.commit import describe_decision
from gatekeeper.evidence.live_requests import ReplayRequest
from gatekeeper.evidence.live_results import ReplayResult
from gatekeeper.policy.check_names import show_check
from gatekeeper.probation.label_limits import LabelLimits
from gatekeeper.probation.label_looks import LabelBoard
from shared.errors import EvaluationUnavailableError
from shared.maintenance.store_checker import check_store
from shared.scoring.row_hash_file import Hashes
from shared.store.store import ModelStore
from tests.support.models.toy import ToyModel
from tests.support.stores.decisions import decided
from tests.support.stores.gatekeeping import HereEvaluator, failed_checks, gatekeeper_of, outcomes
from tests.support.stores.labelled_cities import (
    BETTER,
    NEW,
    WORSE,
    answer,
    candidate,
    hash_cities,
    put_in_production,
)
from tests.support.stores.logged_rows import write_labels
from tests.support.stores.probations import HOUR, check_of, label_looks_of, look, view_of

CITIES = ["Rome"] * 60 + ["Oslo"] * 100
RIGHT = {"Rome": "yes", "Oslo": "yes"}
SCORES = "accuracy is 0.6250, and that of version 1 is 1.0000, on 160 labelled rows"


def begin(store: ModelStore, model: ToyModel = WORSE, fitted: Hashes = NEW) -> None:
    """Promote *model* after the champion, which is right on all labelled rows."""
    put_in_production(store, NEW)
    promoted = candidate(model, fitted).publish(store)
    assert decided(store, promoted).outcome == "promoted"


def look_at_labels(store: ModelStore) -> LabelBoard:
    """Let a gatekeeper that has just started compare both models, and judge the version."""
    looks = label_looks_of(store)
    looks.look()
    look(store, labels=looks.board)
    return looks.board


def describe(store: ModelStore, board: LabelBoard) -> str:
    status = view_of(store, labels=board).describe(store.decision_log().decisions())
    assert status is not None
    return status.sentence


def test_a_version_that_labels_show_to_be_worse_is_rolled_back_once(store: ModelStore) -> None:
    begin(store)
    log = store.decision_log()  # another gatekeeper will not have read the entry of the first one
    answer(store, CITIES, RIGHT)
    board = look_at_labels(store)
    check_of(store, labels=board).look(log)
    look_at_labels(store)
    assert outcomes(store) == ["promoted", "promoted", "rolled_back"]
    decision = store.decision_log().entries[-1].decision
    (failed,) = decision.failed
    assert (failed.name, failed.required) == ("probation-labels", 0.0)
    assert isinstance(failed.observed, dict)
    assert (failed.observed["rows"], failed.observed["differing_rows"]) == (160, 60)
    assert f"Labels show that it is worse: its {SCORES}" in describe_decision(decision)
    errors = [each.message for each in check_store(store) if each.kind == "error"]
    assert [each for each in errors if "All users can read" not in each] == []

    again = candidate(WORSE, NEW).publish(store)
    assert decided(store, again).outcome == "refused"
    assert [*failed_checks(store, again)] == ["not-rolled-back"]


def test_a_model_that_a_person_approves_again_stays(store: ModelStore) -> None:
    """The person knows what the labels show: the check `not-rolled-back` has said it."""
    begin(store)
    answer(store, CITIES, RIGHT)
    looks = label_looks_of(store)
    looks.look()
    look(store, labels=looks.board)
    again = candidate(WORSE, NEW).publish(store)
    queue = ApprovalQueue(is_manual=True)
    gatekeeper_of(store, queue=queue).poll()
    Approvals(store, queue).approve(again, "The labels are wrong.")
    look(store, labels=looks.board)  # before labels are looked at again
    looks.look()
    look(store, labels=looks.board)

    assert outcomes(store) == ["promoted", "promoted", "rolled_back", "promoted"]
    assert (
        "Labels are not judged. Decision 3 rolled this model back because of labels, and a "
        "person has approved it again." in describe(store, looks.board)
    )


def test_labels_that_arrived_before_the_promotion_count(store: ModelStore) -> None:
    put_in_production(store, NEW)
    answer(store, CITIES, RIGHT)
    assert decided(store, candidate(WORSE, NEW).publish(store)).outcome == "promoted"
    look_at_labels(store)
    assert outcomes(store)[2:] == ["rolled_back"]


def test_people_see_both_scores_while_a_version_is_on_probation(store: ModelStore) -> None:
    begin(store, BETTER)
    assert "Labels are not judged. No label has arrived." in describe(store, look_at_labels(store))
    answer(store, ["Rome"] * 60 + ["Bonn"] * 20, {"Rome": "yes", "Bonn": "no"})
    board = look_at_labels(store)
    assert (
        "Its accuracy is 1.0000, and that of version 1 is 1.0000, on 80 labelled rows that "
        "neither was fitted on; labels of 100 ids are needed." in describe(store, board)
    )
    assert outcomes(store)[2:] == []


def few_ids(store: ModelStore) -> None:
    begin(store)
    answer(store, CITIES, RIGHT, "order 7")


def as_good(store: ModelStore) -> None:
    begin(store, BETTER)
    answer(store, CITIES, RIGHT)


def fitted(store: ModelStore) -> None:
    begin(store, fitted=hash_cities(WORSE, ["Oslo"]))
    answer(store, CITIES, RIGHT)


def corrected(store: ModelStore) -> None:
    begin(store)
    answer(store, CITIES, RIGHT)
    write_labels(store.layout, [(f"row-{number}", "no") for number in range(60)], second=60)


@pytest.mark.parametrize("prepare", [few_ids, as_good, fitted, corrected])
def test_a_version_stays_if_labels_do_not_show_that_it_is_worse(
    store: ModelStore, prepare: Callable[[ModelStore], None]
) -> None:
    prepare(store)
    board = look_at_labels(store)
    assert board.found is not None
    assert board.found.problem == ""
    assert outcomes(store)[2:] == []


def test_a_drop_that_the_gate_allows_is_allowed_here_too(store: ModelStore) -> None:
    begin(store)
    answer(store, CITIES, RIGHT)
    looks = label_looks_of(store)
    looks.look()
    for allowed, outcome in ((-0.4, []), (-0.1, ["rolled_back"])):
        limits = replace(HOUR, labels=LabelLimits.choose("accuracy", allowed, None))
        look(store, limits, looks.board)
        assert outcomes(store)[2:] == outcome
    (failed,) = store.decision_log().entries[-1].decision.failed
    assert failed.message.endswith("that neither was fitted on; -0.1 is allowed.")
    assert show_check(failed, "neg_log_loss").required == 0.1


class Crashing(HereEvaluator):
    """An evaluator whose child process ends while it answers logged rows."""

    def replay(self, requests: Sequence[ReplayRequest]) -> list[ReplayResult]:
        return [ReplayResult(failure="The process was ended by SIGABRT.") for _ in requests]


class Down(HereEvaluator):
    """An evaluator that cannot start a child process."""

    def replay(self, requests: Sequence[ReplayRequest]) -> list[ReplayResult]:
        raise EvaluationUnavailableError("It cannot start.")


def test_processes_that_fail_roll_nothing_back_and_are_named(
    store: ModelStore, caplog: pytest.LogCaptureFixture
) -> None:
    begin(store)
    answer(store, CITIES, RIGHT)
    looks = label_looks_of(store, Crashing())
    looks.look()
    looks.look()
    assert [each.getMessage() for each in caplog.records if each.levelname == "WARNING"] == [
        "Labels of v2 are not judged: The process was ended by SIGABRT."
    ]
    look(store, labels=looks.board)
    crash = "Labels are not judged. The process was ended by SIGABRT."
    assert crash in describe(store, looks.board)
    looks = label_looks_of(store, Down())
    with pytest.raises(EvaluationUnavailableError):
        looks.look()
    looks.board.report("It cannot start.")
    look(store, labels=looks.board)
    assert "Labels are not judged. It cannot start." in describe(store, looks.board)
    assert outcomes(store)[2:] == []


def test_a_model_without_hashes_of_its_rows_is_not_judged(store: ModelStore) -> None:
    begin(store)
    answer(store, CITIES, RIGHT)
    registry = store.registry.read()
    assert registry is not None
    (store.layout.candidate(registry.candidate_id) / "manifest.json").unlink()
    assert "Labels are not judged. The files of v2" in describe(store, look_at_labels(store))
    assert outcomes(store)[2:] == []


def test_models_are_compared_only_when_something_has_changed(store: ModelStore) -> None:
    begin(store, BETTER)
    answer(store, CITIES, RIGHT)
    seconds = [0.0]

    def tick() -> float:
        seconds[0] += 1  # each comparison takes some seconds
        return seconds[0]

    looks = label_looks_of(store, ticks=tick)
    looks.look()
    first = looks.board.found
    looks.look()
    assert looks.board.found is first
    write_labels(store.layout, [("row-1", "no")], second=60)
    looks.look()
    assert looks.board.found is first  # it rests
    seconds[0] += 60
    looks.look()
    second = looks.board.found
    assert second is not first
    assert decided(store, candidate(WORSE, NEW).publish(store)).outcome == "promoted"
    looks.look()
    assert looks.board.found is not second
