"""A model that fails is tried again, less and less often, and for each version that names it."""

from predictor.lifecycle.retry_schedule import RetrySchedule

BAD, GOOD = "sha256:bad", "sha256:good"


def attempts_until(schedule: RetrySchedule, end: int) -> list[int]:
    """The seconds at which a digest that always fails is tried."""
    tried = []
    for now in range(end):
        if schedule.is_due(BAD, 1, now):
            tried.append(now)
            schedule.record_failure(BAD, 1, now)
    return tried


def test_it_backs_off_and_then_tries_once_a_minute_in_quarantine() -> None:
    assert attempts_until(RetrySchedule(), 200) == [0, 1, 3, 7, 15, 31, 91, 151]


def test_the_sixth_failure_brings_quarantine() -> None:
    schedule = RetrySchedule()
    states = [schedule.record_failure(BAD, 1, 0.0).quarantined for _ in range(7)]
    assert states == [False] * 5 + [True] * 2


def test_a_newer_version_is_tried_at_once_and_one_time() -> None:
    schedule = RetrySchedule()
    attempts_until(schedule, 40)
    assert not schedule.is_due(BAD, 1, 40)
    assert schedule.is_due(BAD, 2, 40)
    assert schedule.record_failure(BAD, 2, 40).quarantined
    assert not schedule.is_due(BAD, 2, 41)
    assert not schedule.is_due(BAD, 1, 41)


def test_digests_fail_each_for_itself_and_success_forgets() -> None:
    schedule = RetrySchedule()
    schedule.record_failure(BAD, 1, 0.0)
    assert schedule.is_due(GOOD, 1, 0.0)
    schedule.forget(BAD)
    assert schedule.is_due(BAD, 1, 0.0)
    assert schedule.record_failure(BAD, 1, 0.0).attempts == 1
