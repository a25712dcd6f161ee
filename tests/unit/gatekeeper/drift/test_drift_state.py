"""Events follow from what began and ended, and their numbers have no gap."""

from datetime import UTC, datetime, timedelta

from gatekeeper.drift.compared_parts import ComparedPart, PartName
from gatekeeper.drift.comparison import Difference
from gatekeeper.drift.drift_state import begin_record, record_comparison
from shared.live.drift_record import MAX_EVENTS, DriftRecord

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def difference(feature: str | None, part: PartName = "values") -> Difference:
    return Difference(ComparedPart(part, feature, 0, (1, 1), is_ordered=False), 0.4, 1e-9, 500)


PREDICTIONS = difference(None, "predictions")


class Story:
    """A store's record over some looks."""

    def __init__(self) -> None:
        self.now = NOW
        self.record: DriftRecord | None = None

    def look(
        self, *found: Difference, hours: int = 1, version: int = 1, may_end: bool = True
    ) -> None:
        self.now += hours * HOUR
        begun = begin_record(self.record, self.now, version)
        self.record = record_comparison(begun, self.now, found, may_end=may_end)

    def events(self) -> list[tuple[object, ...]]:
        assert self.record is not None
        numbers = [event.number for event in self.record.events]
        assert numbers == list(range(1, len(numbers) + 1))
        return [
            (event.kind, event.version, *event.features, *["*"][: event.predictions])
            for event in self.record.events
        ]


def test_a_drift_begins_once_and_ends_after_a_day_without_it() -> None:
    story = Story()
    story.look()
    story.look(difference("a"))
    began = story.now
    story.look(difference("a"), difference("a", "missing"))
    story.look(hours=23)
    assert story.events() == [("began", 1, "a")]
    assert story.record is not None
    assert story.record.drifted[0].since == began
    story.look()
    assert story.events() == [("began", 1, "a"), ("ended", 1, "a")]
    assert story.record.drifted == ()


def test_a_difference_that_comes_back_each_night_is_one_drift() -> None:
    story = Story()
    for _ in range(5):
        story.look(difference("a"))
        story.look(hours=12)
        story.look(hours=11)
    assert story.events() == [("began", 1, "a")]


def test_a_drift_does_not_end_without_rows() -> None:
    story = Story()
    story.look(difference("a"))
    story.look(hours=100, may_end=False)
    assert story.events() == [("began", 1, "a")]


def test_each_further_feature_is_an_event() -> None:
    story = Story()
    story.look(difference("a"), difference("b"))
    story.look(difference("a"), difference("b"), difference("c"))
    assert story.events() == [("began", 1, "a", "b"), ("began", 1, "c")]


def test_predictions_after_a_feature_are_shown_and_no_event() -> None:
    story = Story()
    story.look(difference("a"))
    story.look(difference("a"), PREDICTIONS)
    assert story.record is not None
    assert [part.part for part in story.record.drifted] == ["values", "predictions"]
    assert story.events() == [("began", 1, "a")]
    story.look(difference("b"), PREDICTIONS, hours=24)
    assert story.events()[1:] == [("ended", 1, "a"), ("began", 1, "b")]


def test_predictions_without_a_feature_are_an_event() -> None:
    story = Story()
    story.look(PREDICTIONS)
    story.look(PREDICTIONS, difference("a"))
    story.look(hours=25)
    assert story.events() == [("began", 1, "*"), ("began", 1, "a"), ("ended", 1, "a", "*")]


def test_predictions_that_outlast_their_feature_become_an_event() -> None:
    story = Story()
    story.look(difference("a"))
    story.look(PREDICTIONS, hours=20)
    story.look(PREDICTIONS, hours=10)
    story.look(PREDICTIONS)
    assert story.events() == [("began", 1, "a"), ("ended", 1, "a"), ("began", 1, "*")]


def test_a_feature_and_predictions_at_one_look_are_one_event() -> None:
    story = Story()
    story.look(difference("a"), PREDICTIONS)
    story.look(hours=25)
    assert story.events() == [("began", 1, "a", "*"), ("ended", 1, "a", "*")]


def test_the_drift_of_a_version_ends_with_the_version() -> None:
    story = Story()
    story.look(difference("a"), PREDICTIONS)
    story.look(version=2)
    story.look(difference("a"), version=2)
    assert story.events() == [
        ("began", 1, "a", "*"),
        ("ended", 1, "a", "*"),
        ("began", 2, "a"),
    ]


def test_only_the_last_events_are_kept_and_numbers_go_on() -> None:
    story = Story()
    for number in range(MAX_EVENTS + 1):
        story.look(difference("a"), version=number + 1)
    assert story.record is not None
    assert len(story.record.events) == MAX_EVENTS
    assert story.record.events[-1].number == 2 * MAX_EVENTS + 1
