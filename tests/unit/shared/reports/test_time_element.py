"""Times on pages are short; the element has the full time."""

from datetime import UTC, datetime, timedelta, timezone

from shared.reports.time_element import to_time_element

WHEN = datetime(2026, 11, 27, 19, 16, 5, 123456, tzinfo=UTC)


def test_a_time_of_this_year_has_no_year() -> None:
    assert str(to_time_element(WHEN, WHEN)) == (
        '<time datetime="2026-11-27T19:16:05Z" title="2026-11-27 19:16:05 UTC">27 Nov 19:16</time>'
    )


def test_another_year_is_shown() -> None:
    assert ">27 Nov 2026 19:16<" in to_time_element(WHEN, WHEN.replace(year=2027))
    assert ">27 Nov 2026 19:16<" in to_time_element(WHEN)


def test_all_times_are_in_utc() -> None:
    east = datetime(2027, 1, 1, 1, 16, tzinfo=timezone(timedelta(hours=2)))
    assert ">31 Dec 23:16<" in to_time_element(east, WHEN)
