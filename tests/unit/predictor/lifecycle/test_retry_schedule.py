"""A failing model is retried less and less often, and once for each new version."""

from predictor.lifecycle.retry_schedule import RetrySchedule

BAD, GOOD = "sha256:bad", "sha256:good"


def attempts_until(schedule: RetrySchedule, end: int) -> list[int]:
    """List the seconds at which a digest that always fails is tried."""
    tried = []
    for now in range(end):
        if schedule.is_due(BAD, 1, now):
            tried.append(now)
            schedule.record_failure(BAD, 1, now)
    return tried


def test_retries_back_off_and_continue_once_a_minute_in_quarantine() -> None:
    assert attempts_until(RetrySchedule(), 200) == [0, 1, 3, 7, 15, 31, 91, 151]


def test_the_sixth_failure_starts_the_quarantine() -> None:
    schedule = RetrySchedule()
    states = [schedule.record_failure(BAD, 1, 0.0).quarantined for _ in range(7)]
    assert states == [False] * 5 + [True] * 2


def test_a_newer_version_gets_one_attempt_at_once() -> None:
    schedule = RetrySchedule()
    attempts_until(schedule, 40)
    assert not schedule.is_due(BAD, 1, 40)
    assert schedule.is_due(BAD, 2, 40)
    assert schedule.record_failure(BAD, 2, 40).quarantined
    assert not schedule.is_due(BAD, 2, 41)
    assert not schedule.is_due(BAD, 1, 41)


def test_failures_are_counted_for_each_digest_and_forgotten_after_success() -> None:
    schedule = RetrySchedule()
    schedule.record_failure(BAD, 1, 0.0)
    assert schedule.is_due(GOOD, 1, 0.0)
    schedule.forget(BAD)
    assert schedule.is_due(BAD, 1, 0.0)
    assert schedule.record_failure(BAD, 1, 0.0).attempts == 1
