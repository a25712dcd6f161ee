"""The convergence line counts workers, and names those that are missing."""

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.contract.heartbeat import Heartbeat
from tests.support.stores.fake_services import worker
from trainer.publishing import console_report
from trainer.publishing.rollout import RolloutStatus

DECIDED_AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
LOADED_AT = DECIDED_AT + timedelta(milliseconds=140)


def rollout(*workers: Heartbeat, **fields: Any) -> RolloutStatus:
    return RolloutStatus(3, workers, decided_at=DECIDED_AT, since_publication=60.0, **fields)


def test_the_convergence_line_counts_workers_and_time() -> None:
    workers = (worker("a", 3, loaded_at=LOADED_AT), worker("b", 3, loaded_at=DECIDED_AT))

    assert console_report.describe_rollout(rollout(*workers)) == [
        "v3 serving on 2/2 workers after 140 ms"
    ]


def test_workers_that_came_and_went_are_counted_apart() -> None:
    one = worker("a", 3, loaded_at=LOADED_AT)

    assert console_report.describe_rollout(rollout(one, came=1, went=2)) == [
        "v3 serving on 1/1 workers after 140 ms (since the decision, 1 came and 2 went)"
    ]
    assert console_report.describe_rollout(rollout(one, went=1)) == [
        "v3 serving on 1/1 workers after 140 ms (since the decision, 1 went)"
    ]


def test_workers_that_are_not_there_are_named_with_their_error() -> None:
    workers = (
        worker("a", 3, loaded_at=LOADED_AT),
        worker("b", 2, last_error="the model does not load"),
        worker("c", None),
    )

    assert console_report.describe_rollout(rollout(*workers)) == [
        "v3 serving on 1/3 workers after 140 ms",
        "  worker b still serves v2: the model does not load",
        "  worker c serves none, not v3 yet",
    ]


def test_without_a_heartbeat_the_line_says_what_happens_next() -> None:
    assert console_report.describe_rollout(rollout()) == [
        "No heartbeat of a predictor was seen. v3 is served as soon as a predictor starts."
    ]


def test_silent_workers_are_named_with_their_last_sign_of_life() -> None:
    silent = tuple(
        worker(f"w{number}", 2, beat_at=DECIDED_AT - timedelta(minutes=number))
        for number in range(12)
    )

    lines = console_report.describe_rollout(rollout(silent=silent))

    assert lines[:2] == [
        "No live heartbeat of a predictor was seen. v3 is served as soon as a predictor starts.",
        (
            "  worker w0 on host was silent for more than 18000 s; "
            "its last heartbeat is of 2026-01-31 12:00:00 UTC, by its own clock"
        ),
    ]
    assert (len(lines), lines[-1]) == (12, "  and 2 more")
