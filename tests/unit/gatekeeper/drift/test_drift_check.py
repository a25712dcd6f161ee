"""The check keeps drift.json: it follows from the counts of workers and the reference."""

import hashlib
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gatekeeper.drift import drift_check
from gatekeeper.drift.comparison import Difference, DriftLimits, compare
from gatekeeper.drift.drift_check import (
    LONGEST_REST_SECONDS,
    LOOK_SECONDS,
    NO_MODEL,
    NO_REFERENCE,
    DriftCheck,
)
from gatekeeper.drift.live_windows import WINDOWS
from gatekeeper.live.version_sum import VersionSum
from shared.contract.documents import Registry
from shared.errors import DocumentError
from shared.live.drift_file import DriftFile
from shared.live.drift_record import DriftRecord
from shared.live.hour import FeatureCounts, LiveHour, VersionCounts
from shared.live.reference import Reference
from shared.store.store import ModelStore
from tests.support.models.mixed import mixed_model
from tests.support.stores.builders import promote
from tests.support.stores.live_counts import PatientHistory
from tests.support.stores.live_hours import (
    Traffic,
    reference_of,
    write_hour,
    write_reference,
)
from tests.unit.gatekeeper.drift.larger_reference import enlarge

NOW = datetime(2026, 1, 31, 12, 30, tzinfo=UTC)
THIS_HOUR = NOW.replace(minute=0)
MODEL = mixed_model()


REFERENCE = enlarge(reference_of(MODEL.artefact))


class Production:
    """A store with a model in production, its counts of this hour, and its checks."""

    def __init__(self, root: Path) -> None:
        self.store = ModelStore(root)
        self.registry: Registry | None = None
        self.now = NOW
        self.seconds = 0.0
        self.draw = np.random.default_rng(11)
        self.features = [np.zeros(each.size + 2, dtype=int) for each in REFERENCE.features]
        self.predictions = np.zeros(REFERENCE.predictions.size, dtype=int)
        self.probabilities = np.zeros(20, dtype=int)
        self.rows = 0
        self.restart()

    def restart(self) -> None:
        history = PatientHistory(self.store.layout, clock=lambda: self.now)
        self.check = DriftCheck(
            self.store, history, DriftLimits(), lambda: self.now, lambda: self.seconds
        )

    def promote(self, reference: Reference | None = REFERENCE) -> None:
        self.registry = promote(self.store, MODEL)
        self.rows = 0
        for counts in (*self.features, self.predictions, self.probabilities):
            counts[:] = 0
        if reference:
            write_reference(self.store, MODEL.digest, reference)

    def answer(self, rows: int, **changes: Sequence[float]) -> None:
        """Count *rows* more; *changes* replaces the shares of a part by its name."""
        for place, (feature, bins) in enumerate(
            zip(MODEL.artefact.features, REFERENCE.features, strict=True)
        ):
            shares = changes.get(feature.name, (*bins.counts, bins.missing, 0))
            self.features[place] += self._spread(rows, shares)
        self.predictions += self._spread(
            rows, changes.get("predictions", REFERENCE.predictions.counts)
        )
        self.probabilities += self._spread(
            rows, changes.get("probabilities", REFERENCE.probabilities)
        )
        self.rows += rows
        self.write(self.counted())

    def counted(self, reference: Reference = REFERENCE) -> VersionCounts:
        assert self.registry is not None
        empty = Traffic.of(self.registry, reference, requests=self.rows).count()
        return empty.model_copy(
            update={
                "reference": hashlib.sha256(reference.encode()).hexdigest(),
                "predictions": tuple(map(int, self.predictions)),
                "probabilities": tuple(map(int, self.probabilities)),
                "features": tuple(
                    FeatureCounts(
                        counts=tuple(map(int, counts[:-2])),
                        missing=int(counts[-2]),
                        unseen=int(counts[-1]),
                    )
                    for counts in self.features
                ),
            }
        )

    def write(self, counts: VersionCounts, worker: str = "host-1-5f0c9a3e") -> None:
        write_hour(self.store, LiveHour(worker=worker, hour=THIS_HOUR, versions=(counts,)))

    def look(self, seconds: float = LOOK_SECONDS) -> DriftRecord:
        self.now += timedelta(seconds=seconds)
        self.seconds += seconds
        self.check.look(self.registry)
        found = DriftFile(self.store.layout).read()
        assert found is not None
        return found

    def _spread(self, rows: int, shares: Sequence[float]) -> np.ndarray:
        weights = np.array(shares, dtype=float)
        return self.draw.multinomial(rows, weights / weights.sum())


@pytest.fixture
def production(tmp_path: Path) -> Production:
    return Production(tmp_path)


@pytest.fixture
def healthy(production: Production) -> Production:
    """Return a model in production that has answered 2,000 rows like those of its reference."""
    production.promote()
    production.answer(2000)
    return production


def parts(record: DriftRecord) -> list[tuple[str, str | None]]:
    return [(each.part, each.feature) for each in record.drifted]


SHIFTED = (2, 3, 4, 6, 8, 10, 12, 14, 18, 23, 0, 0)
CASES = {
    "number": ("values", "age", SHIFTED),
    "category": ("values", "colour", (1, 1, 8, 0, 0, 0)),
    "boolean": ("values", "member", (1, 9, 0, 0)),
    "missing": ("missing", "fare", (8, 9, 10, 11, 12, 12, 11, 10, 9, 8, 25, 0)),
    "unseen": ("unseen", "town", (4, 3, 2, 0, 0, 3)),
    "classes": ("predictions", None, (1, 1, 8, 0)),
    "probabilities": ("probabilities", None, (5, *[1] * 19)),
}


@pytest.mark.parametrize("case", CASES)
def test_exactly_the_part_that_changed_is_reported_at_the_next_look(
    healthy: Production, case: str
) -> None:
    part, feature, shares = CASES[case]
    assert parts(healthy.look()) == []
    healthy.answer(600, **{feature or part: shares})
    found = healthy.look()
    assert parts(found) == [(part, feature)]
    (event,) = found.events
    assert (event.number, event.kind, event.version) == (1, "began", 1)
    assert event.features == ((feature,) if feature else ())
    assert event.predictions == (feature is None)
    assert found.drifted[0].stability_index >= 0.2
    assert found.drifted[0].rows == 600


def test_a_drift_outlives_a_restart_without_another_event(healthy: Production) -> None:
    healthy.look()
    healthy.answer(600, age=SHIFTED)
    began = healthy.look()
    healthy.restart()
    healthy.answer(600, age=SHIFTED)
    after = healthy.look()
    assert after.events == began.events
    assert after.drifted[0].since == began.drifted[0].since
    assert after.checked_at > began.checked_at


def test_a_new_version_ends_the_drift_of_the_old_one(healthy: Production) -> None:
    healthy.look()
    healthy.answer(600, age=SHIFTED)
    healthy.look()
    healthy.promote()
    found = healthy.look()
    assert found.version == 2
    assert found.drifted == ()
    assert [(event.kind, event.version) for event in found.events] == [("began", 1), ("ended", 1)]
    assert found.not_checked is not None
    assert "Version 2 has 0 counted rows" in found.not_checked


def test_it_looks_every_few_seconds_and_only_at_new_rows(healthy: Production) -> None:
    first = healthy.look()
    assert healthy.look(LOOK_SECONDS / 2) == first
    assert healthy.look(600) == first
    healthy.answer(30)
    assert healthy.look(60) == first
    assert healthy.look(3600).checked_at > first.checked_at


def test_a_long_look_is_not_repeated_at_once(
    healthy: Production, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compare_slowly(*arguments: Any, **options: Any) -> list[Difference]:
        healthy.seconds += 3 * LOOK_SECONDS
        return compare(*arguments, **options)

    monkeypatch.setattr(drift_check, "compare", compare_slowly)
    first = healthy.look()
    healthy.answer(600, age=SHIFTED)
    assert healthy.look(LONGEST_REST_SECONDS / 2) == first
    assert parts(healthy.look(LONGEST_REST_SECONDS / 2)) == [("values", "age")]


def test_a_shift_soon_after_many_rows_is_not_lost_among_them(healthy: Production) -> None:
    healthy.answer(300)
    healthy.look()
    healthy.answer(3000)
    healthy.look(2)
    healthy.answer(700, age=SHIFTED)
    assert parts(healthy.look(2)) == [("values", "age")]


def test_the_features_of_a_window_are_read_once_for_all_parts(
    healthy: Production, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, features = list[VersionSum](), VersionSum.features

    def count_reads(sums: VersionSum) -> tuple[FeatureCounts, ...]:
        read.append(sums)
        found: tuple[FeatureCounts, ...] = features.__get__(sums)
        return found

    monkeypatch.setattr(VersionSum, "features", property(count_reads))
    healthy.look()
    assert len(read) == WINDOWS


def test_nothing_is_compared_without_a_model_a_reference_or_rows(production: Production) -> None:
    production.check.look(None)
    assert not production.store.layout.drift.exists()
    production.promote(reference=None)
    production.answer(500)
    found = production.look()
    assert (found.version, found.not_checked) == (1, NO_REFERENCE)
    production.promote()
    production.answer(99)
    assert "Version 2 has 99 counted rows in the last 7 days" in str(production.look().not_checked)
    production.answer(1)
    assert production.look().not_checked is None
    production.registry = None
    assert production.look().not_checked == NO_MODEL


def test_rows_in_the_bins_of_another_reference_are_left_out_and_named(
    healthy: Production, caplog: pytest.LogCaptureFixture
) -> None:
    other = REFERENCE.model_copy(update={"rows": 4001})
    counts = healthy.counted(other)
    moved = counts.features[0].model_copy(update={"counts": (2000,) + (0,) * 9})
    changed = counts.model_copy(update={"features": (moved, *counts.features[1:])})
    healthy.write(changed, worker="host-2-00000000")
    with caplog.at_level(logging.WARNING):
        assert parts(healthy.look()) == []
        healthy.answer(100)
        healthy.look()
    assert len(caplog.records) == 1
    assert "bins of another reference" in caplog.text


def test_a_damaged_reference_is_a_sentence(healthy: Production) -> None:
    (healthy.store.layout.model(MODEL.digest) / "reference.json").write_bytes(b"{")
    found = healthy.look()
    assert found.not_checked is not None
    assert "Version 1 cannot be compared" in found.not_checked
    assert "strict JSON" in found.not_checked


def test_a_damaged_record_is_not_replaced(healthy: Production) -> None:
    healthy.store.layout.drift.write_bytes(b"{")
    with pytest.raises(DocumentError, match=r"drift\.json is not strict JSON.* remove this file"):
        healthy.look()
    assert healthy.store.layout.drift.read_bytes() == b"{"


def test_a_clock_that_is_set_back_stops_nothing(healthy: Production) -> None:
    healthy.look()
    healthy.now -= timedelta(minutes=20)
    healthy.answer(600, age=SHIFTED)
    assert parts(healthy.look()) == [("values", "age")]
