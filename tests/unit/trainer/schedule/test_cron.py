"""Times of a schedule, also at both changes of daylight saving time."""

from datetime import UTC, datetime

import pytest

from tests.support.sweep import sweep
from trainer.cron import CronSchedule, require_cron, require_timezone

SPRING, AUTUMN = "2026-03-29T00:00:00+01:00", "2026-10-25T00:00:00+02:00"


def times(expression: str, after: str, count: int) -> list[str]:
    """Return the next times in Vienna, with their offsets from UTC."""
    schedule, moment, found = CronSchedule(expression, "Europe/Vienna"), after, []
    at = datetime.fromisoformat(moment)
    for _ in range(count):
        at = schedule.next_after(at)
        assert at.tzinfo is UTC
        found.append(at.strftime("%d %H:%M"))
    return found


def test_a_time_that_spring_skips_is_replaced_by_the_moment_after_it() -> None:
    # 2:30 does not exist on the 29th. 3:00 in summer is 1:00 in UTC.
    assert times("30 2 * * *", SPRING, 2) == ["29 01:00", "30 00:30"]


def test_a_time_that_autumn_repeats_counts_once() -> None:
    assert times("30 2 * * *", AUTUMN, 2) == ["25 00:30", "26 01:30"]


def test_a_schedule_has_no_time_before_the_moment_in_the_repeated_hour() -> None:
    # 2:10 for the second time: the first 2:30 is over.
    assert times("30 2 * * *", "2026-10-25T01:10:00Z", 1) == ["26 01:30"]


def test_an_hourly_schedule_keeps_its_distance_at_both_changes() -> None:
    assert times("0 * * * *", SPRING, 4) == ["29 00:00", "29 01:00", "29 02:00", "29 03:00"]
    assert times("0 * * * *", AUTUMN, 4) == ["24 23:00", "25 00:00", "25 01:00", "25 02:00"]


@pytest.mark.parametrize(
    "expression",
    sweep(
        {
            "words": "every day",
            "four-fields": "0 3 * *",
            "hour-25": "0 25 * * *",
            "never": "0 0 31 2 *",
            "empty": "",
            "backwards": "30-10 3 * * *",
        },
        "words",
        "never",
    ),
)
def test_a_schedule_without_a_time_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r"TRAINER_SCHEDULE is .* Write five fields"):
        require_cron(expression)


@pytest.mark.parametrize("name", ["Mars/Olympus", "../etc/passwd", "", "Europe"])
def test_an_unknown_time_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"TRAINER_TIMEZONE is .* Europe/Vienna or UTC"):
        require_timezone(name)
