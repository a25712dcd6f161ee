"""The newest rows are found within an hour too, because the looks are remembered."""

from array import array
from datetime import UTC, datetime, timedelta

from gatekeeper.drift.live_windows import LiveWindows
from gatekeeper.live.version_sum import Shape, SumKey, VersionSum
from shared.live.hour import FeatureCounts, Requests, VersionCounts

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def counted(low: int, high: int = 0) -> VersionSum:
    return VersionSum.of(
        VersionCounts(
            version=1,
            digest=f"sha256:{'1' * 64}",
            reference="2" * 64,
            requests=Requests(answered=low + high, rejected=0, failed=0),
            rows=low + high,
            latencies=(low + high, *[0] * 14),
            minutes=(),
            counted_rows=low + high,
            predictions=(low, high),
            probabilities=(),
            features=(FeatureCounts(counts=(low, high), missing=0, unseen=0),),
        )
    )


def values(sums: VersionSum | None) -> tuple[int, ...] | None:
    return sums.features[0].counts if sums else None


def test_the_newest_rows_are_those_since_an_earlier_look() -> None:
    windows = LiveWindows()
    windows.look({NOON: counted(2000)}, NOON + 0.5 * HOUR)
    windows.look({NOON: counted(2000, 200)}, NOON + 0.6 * HOUR)
    hours = {NOON: counted(2000, 400)}
    assert windows.count_new_rows(hours) == 200
    newest, day, week = windows.look(hours, NOON + 0.7 * HOUR)
    assert values(newest) == (0, 400)
    assert values(day) == values(week) == (2000, 400)
    newest, _, _ = windows.look({NOON: counted(2000, 500)}, NOON + 0.8 * HOUR)
    assert values(newest) == (0, 300)
    assert len(windows.snapshots) == 3


def test_the_newest_rows_are_whole_hours_after_a_restart() -> None:
    hours = {NOON - n * HOUR: counted(200, n) for n in range(30)}
    newest, day, week = LiveWindows().look(hours, NOON + 0.5 * HOUR)
    assert values(newest) == (400, 1)
    assert values(day) == (200 * 24, sum(range(24)))
    assert values(week) == (200 * 30, sum(range(30)))


def test_the_newest_rows_reach_over_the_end_of_an_hour() -> None:
    windows = LiveWindows()
    windows.look({NOON: counted(2000)}, NOON + 0.9 * HOUR)
    hours = {NOON: counted(2000, 100), NOON + HOUR: counted(0, 250)}
    newest, _, _ = windows.look(hours, NOON + 1.2 * HOUR)
    assert values(newest) == (0, 350)


def test_few_rows_are_no_window() -> None:
    assert LiveWindows().look({NOON: counted(99)}, NOON) == (None, None, None)
    _, day, _ = LiveWindows().look({NOON - 30 * HOUR: counted(500), NOON: counted(50)}, NOON)
    assert day is None


def test_subtracting_never_gives_less_than_nothing() -> None:
    key = SumKey(1, "d", None, Shape(0, 0, ()))
    less = VersionSum(key, array("Q", [1, 5]), array("d", [0.5]))
    more = VersionSum(key, array("Q", [3, 2]), array("d", [0.75]))
    assert list((more - less).numbers) == [2, 0]
    assert list((less - more).seconds) == [0.0]
