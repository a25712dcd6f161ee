"""The view shows what workers counted: by version, by step, and beside the reference."""

from datetime import UTC, datetime, timedelta

import pytest

from gatekeeper.live.live_history import LiveHistory
from gatekeeper.live_score.score_board import ScoreBoard
from gatekeeper.live_status.bodies import HealthLine, LiveDrift, LiveStatus
from gatekeeper.live_status.drift_file import read_drift
from gatekeeper.live_status.live_view import LiveView
from gatekeeper.live_status.time_range import RangeName
from shared.contract.documents import Artefact, Decision, Registry
from shared.live.drift_record import DriftedPart, DriftRecord
from shared.live.hour import FeatureCounts, LiveHour
from shared.live.reference import Reference
from shared.store.durable_write import replace_file
from shared.store.store import ModelStore
from tests.support.models.toy import ToyModel, toy_model
from tests.support.stores.builders import promote
from tests.support.stores.live_hours import (
    Traffic,
    reference_of,
    write_hour,
    write_hours,
    write_reference,
)

NOW = datetime(2026, 1, 31, 11, 30, tzinfo=UTC)
WELL = HealthLine(healthy=True, sentence="Healthy.", problems=[])


def model(bias: float = 0.0) -> ToyModel:
    return toy_model(bias=bias)


def oldest_first(store: ModelStore) -> list[Decision]:
    return [entry.decision for entry in store.decision_log().entries]


class Viewer:
    """A view of a store at one time."""

    def __init__(self, store: ModelStore) -> None:
        self._store = store
        self._history = LiveHistory(store.layout, clock=lambda: NOW)
        self._view = LiveView(store, self._history, ScoreBoard("f1"))

    def look(self, name: RangeName = "day") -> LiveStatus:
        while not self._history.refresh():
            pass
        decisions = oldest_first(self._store)
        drift = read_drift(self._store.layout)
        return self._view.describe(name, NOW, decisions, drift, WELL)


@pytest.fixture
def artefact() -> Artefact:
    return model().artefact


@pytest.fixture
def reference(artefact: Artefact) -> Reference:
    return reference_of(artefact)


@pytest.fixture
def registries(store: ModelStore, reference: Reference) -> list[Registry]:
    """Promote two versions, both with the same reference."""
    found = [promote(store, model(bias)) for bias in (1.0, 0.0)]
    for each in found:
        write_reference(store, each.digest, reference)
    return found


def test_requests_of_both_versions_are_counted_by_step(
    store: ModelStore, registries: list[Registry], reference: Reference
) -> None:
    before, now = registries
    old = Traffic.of(before, reference, requests=120, failed=2)
    new = Traffic.of(now, reference, requests=600, rejected=5)
    write_hours(store, [old], hours=3, until=NOW - timedelta(hours=2))
    for worker in ("host-1-aa", "host-2-bb"):
        write_hours(store, [new], hours=2, until=NOW, worker=worker)
    found = Viewer(store).look()
    assert [each.version for each in found.versions] == [2, 1]
    production, predecessor = found.versions
    assert (production.requests, production.rejected, production.failed) == (2400, 20, 0)
    assert (predecessor.requests, predecessor.failed) == (360, 6)
    assert len(production.points) == 24
    assert found.since == NOW.replace(minute=0) - timedelta(hours=23)
    assert [point.requests for point in production.points[-3:]] == [0, 1200, 1200]
    assert [point.requests for point in predecessor.points[-6:]] == [0, 120, 120, 120, 0, 0]
    assert production.points[-3].p95_seconds is None
    assert production.points[-1].mean_seconds == pytest.approx(0.00116)
    assert production.p50_seconds
    assert 0.0005 < production.p50_seconds < 0.001
    assert [sum(point.counts) for point in production.predictions] == [1190, 1190]


def test_an_hour_is_divided_into_minutes(
    store: ModelStore, registries: list[Registry], reference: Reference
) -> None:
    write_hours(store, [Traffic.of(registries[1], reference)], hours=2, until=NOW)
    (production, _) = Viewer(store).look("hour").versions
    assert len(production.points) == 60
    starts = [point.start for point in production.points]
    assert (starts[0], starts[-1]) == (NOW - timedelta(minutes=59), NOW)
    # The hour before spreads 600 requests over 60 minutes, this hour over its first 31.
    assert [point.requests for point in production.points[:29]] == [10] * 29
    assert sum(point.requests for point in production.points[29:]) == 600
    assert production.requests == 890
    assert production.points[0].p50_seconds is None
    assert production.rows == 1200


def test_a_month_has_30_days_and_counts_what_arrives_later(
    store: ModelStore, registries: list[Registry], reference: Reference
) -> None:
    traffic = Traffic.of(registries[1], reference, requests=100)
    write_hours(store, [traffic], hours=40, until=NOW)
    viewer = Viewer(store)
    first = viewer.look("month").versions[0]
    assert [point.requests for point in first.points[-3:]] == [400, 2400, 1200]
    assert len(first.points) == 30
    write_hours(store, [traffic], hours=1, until=NOW, worker="late-1")
    assert viewer.look("month").versions[0].points[-1].requests == 1300
    assert viewer.look("day").versions[0].points[-1].requests == 200


def test_features_are_beside_the_reference_and_drifted_ones_come_first(
    store: ModelStore, registries: list[Registry], reference: Reference
) -> None:
    write_hours(store, [Traffic.of(registries[1], reference, shifted=(1,))], until=NOW)
    part = DriftedPart(
        part="values", feature="height", stability_index=0.5, p_value=0.0, rows=600, since=NOW
    )
    record = DriftRecord(checked_at=NOW, version=2, not_checked=None, drifted=(part,), events=())
    replace_file(store.layout.drift, record.encode())
    found = Viewer(store).look()
    height, width = found.features
    assert (height.name, width.name) == ("height", "width")
    assert height.drift == [part]
    assert height.live == [0] * 8 + [600, 0]
    assert width.reference == [8, 9, 10, 11, 12, 12, 11, 10, 9, 8]
    assert (width.reference_missing, width.live_missing) == (2, 12)
    assert sum(width.live) == 588
    assert len(width.bins) == 10
    assert (width.bins[0], width.bins[1]) == ("up to -1.2", "-1.2 to -0.8")
    assert found.predictions
    assert found.predictions.bins == ["small", "large"]
    assert sum(found.predictions.live) == 600
    assert found.probabilities
    assert sum(found.probabilities.live) == 600


def test_drift_of_an_earlier_version_is_not_that_of_production(
    store: ModelStore, registries: list[Registry]
) -> None:
    assert len(registries) == 2
    part = DriftedPart(
        part="values", feature="width", stability_index=0.5, p_value=0.0, rows=9, since=NOW
    )
    record = DriftRecord(checked_at=NOW, version=1, not_checked=None, drifted=(part,), events=())
    replace_file(store.layout.drift, record.encode())
    assert [feature.drift for feature in Viewer(store).look().features] == [[], []]


def test_counts_in_the_bins_of_another_reference_are_left_out_and_named(
    store: ModelStore, registries: list[Registry], reference: Reference
) -> None:
    other = reference.model_copy(update={"rows": 7})
    write_hours(store, [Traffic.of(registries[1], other)], until=NOW)
    found = Viewer(store).look()
    assert found.versions[0].requests == 600
    assert [sum(feature.live) for feature in found.features] == [0, 0]
    assert found.notes == [
        "600 rows of v2 are counted in the bins of another reference, so no feature shows them."
    ]


def test_counts_that_contradict_their_reference_do_not_break_the_view(
    store: ModelStore, registries: list[Registry], reference: Reference
) -> None:
    """A worker may name the reference and count in other bins."""
    right = Traffic.of(registries[1], reference).count()
    short = FeatureCounts(counts=(1,), missing=0, unseen=0)
    wrong = right.model_copy(update={"features": (short, short), "predictions": (1,)})
    for worker, counts in (("right-1", right), ("wrong-1", wrong)):
        begin = NOW.replace(minute=0)
        write_hour(store, LiveHour(worker=worker, hour=begin, versions=(counts,)))
    found = Viewer(store).look()
    assert found.versions[0].requests == 1200
    assert [sum(feature.live) + feature.live_missing for feature in found.features] == [600, 600]
    assert "600 rows of v2" in found.notes[0]


def test_a_model_without_a_reference_says_so(store: ModelStore) -> None:
    registry = promote(store, model())
    write_hours(store, [Traffic.of(registry, None)], until=NOW)
    found = Viewer(store).look()
    assert found.versions[0].requests == 600
    assert found.not_compared
    assert found.not_compared.startswith("Its candidate has no reference")
    assert (found.features, found.predictions) == ([], None)


def test_an_empty_store_has_a_view(store: ModelStore) -> None:
    found = Viewer(store).look()
    assert (found.version, found.versions, found.features) == (None, [], [])
    assert found.not_compared == "Nothing is in production yet."
    assert found.drift == LiveDrift(
        version=None, checked_at=None, not_checked="No comparison was made yet.", drifted=[]
    )


def test_a_damaged_drift_file_is_a_sentence(store: ModelStore) -> None:
    store.layout.drift.write_text("{")
    assert "is not" in str(read_drift(store.layout).not_checked)


def test_only_promotions_within_the_range_are_marked(
    store: ModelStore, registries: list[Registry]
) -> None:
    assert len(registries) == 2  # promoted now, by the clock of this machine
    assert Viewer(store).look().promotions == []
    view = LiveView(store, LiveHistory(store.layout), ScoreBoard("f1"))
    now = datetime.now(UTC)
    decisions = oldest_first(store)
    found = view.describe("day", now, decisions, read_drift(store.layout), WELL)
    assert [(each.version, each.decision) for each in found.promotions] == [(1, 1), (2, 2)]
