"""Changed data, drift, and requests of a person begin a run, each one once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.store.store import ModelStore
from shared.training.training_files import TrainingFiles
from shared.training.training_status import TrainingRequest
from tests.unit.trainer.schedule.waiting import DAY, MINUTE, Waiting, write_drift
from trainer.schedule.data_watch import DataWatch

SECOND = timedelta(seconds=1)


def request(store: ModelStore, number: int, by: str | None = None) -> None:
    written = TrainingRequest(
        id=f"{number:032x}", requested_at=datetime(2026, 1, 31, tzinfo=UTC), by=by
    )
    TrainingFiles(store.layout).write_request(written)


def watching(store: ModelStore, data: Path) -> Waiting:
    waiting = Waiting(store, dataset=data, watch=True)
    for _ in range(12):
        waiting.step(SECOND)
    assert waiting.status.handled.data
    assert waiting.trainings == []
    return waiting


def begun(waiting: Waiting, seconds: int = 12) -> int:
    """Return how many trainings begin in the next seconds; each one ends at once."""
    before = len(waiting.trainings)
    for _ in range(seconds):
        waiting.step(SECOND)
        if waiting.trainings and waiting.trainings[-1].status is None:
            waiting.end()
    return len(waiting.trainings) - before


def test_data_that_changes_right_after_the_start_is_trained_on(
    store: ModelStore, tmp_path: Path
) -> None:
    data = tmp_path / "rows.csv"
    data.write_text("a,b\n1,2\n")
    waiting = Waiting(store, dataset=data, watch=True)
    data.write_text("a,b\n3,4\n")
    waiting.step()
    waiting.step(after=MINUTE)
    waiting.end()
    assert waiting.status.last_run is not None
    assert waiting.status.last_run.causes == ("data",)


def test_changed_data_is_trained_on_when_it_is_stable(store: ModelStore, tmp_path: Path) -> None:
    data = tmp_path / "rows.csv"
    data.write_text("a,b\n1,2\n")
    waiting = watching(store, data)
    for row in range(30):  # a program writes for half a minute
        with data.open("a") as file:
            file.write(f"{row},3\n")
        assert begun(waiting, 1) == 0
    assert begun(waiting, 9) == 0
    assert begun(waiting, 5) == 1
    assert begun(waiting, 60) == 0
    assert waiting.status.last_run
    assert waiting.status.last_run.causes == ("data",)


def test_the_same_content_with_another_time_is_not_trained_on(
    store: ModelStore, tmp_path: Path
) -> None:
    data = tmp_path / "rows.csv"
    data.write_text("a,b\n1,2\n")
    waiting = watching(store, data)
    data.write_text("a,b\n1,2\n")
    assert begun(waiting, 30) == 0


def test_data_that_changed_while_no_process_waited_is_trained_on(
    store: ModelStore, tmp_path: Path
) -> None:
    data = tmp_path / "rows.csv"
    data.write_text("a,b\n1,2\n")
    waiting = watching(store, data)
    data.write_text("a,b\n3,4\n")
    waiting.restart()
    assert begun(waiting, 30) == 1


def test_a_file_that_appears_in_a_folder_is_trained_on(store: ModelStore, tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    folder.mkdir()
    (folder / "1.parquet").write_bytes(b"one")
    waiting = watching(store, folder)
    (folder / ".2.parquet-part").write_bytes(b"unfinished")
    assert begun(waiting, 30) == 0
    (folder / ".2.parquet-part").rename(folder / "2.parquet")
    assert begun(waiting, 30) == 1


def test_data_that_is_missing_for_a_while_is_no_change(store: ModelStore, tmp_path: Path) -> None:
    data = tmp_path / "rows.csv"
    data.write_text("a,b\n1,2\n")
    waiting = watching(store, data)
    data.unlink()
    assert begun(waiting, 30) == 0
    data.write_text("a,b\n1,2\n")
    assert begun(waiting, 30) == 0


def test_a_file_that_is_replaced_while_it_is_read_has_no_digest_yet(tmp_path: Path) -> None:
    data, now = tmp_path / "rows.csv", 0.0
    data.write_text("a,b\n1,2\n")

    def replace() -> bool:
        """Replace the file when the watch has read its first part."""
        if now == 10.0:
            new = tmp_path / "new.csv"
            new.write_text("a,b\n3,4\n")
            new.rename(data)
        return False

    watch = DataWatch(data, replace, clock=lambda: now)
    found = [watch.digest() for each in (0.0, 10.0, 11.0, 20.0, 21.0) if (now := each) >= 0]
    assert found[:4] == [None] * 4
    assert found[4] is not None


def test_drift_that_begins_is_trained_on_once(store: ModelStore) -> None:
    waiting = Waiting(store, on_drift=True)
    assert begun(waiting) == 0
    write_drift(store.layout.drift, "began")
    assert begun(waiting) == 1
    write_drift(store.layout.drift, "began", "ended")
    assert begun(waiting) == 0


def test_drift_that_begins_again_on_the_same_day_is_trained_on_the_next_day(
    store: ModelStore,
) -> None:
    waiting = Waiting(store, on_drift=True)
    write_drift(store.layout.drift, "began")
    assert begun(waiting) == 1
    write_drift(store.layout.drift, "began", "ended", "began")
    assert begun(waiting) == 0
    waiting.step(DAY)
    assert len(waiting.trainings) == 2


@pytest.mark.parametrize(
    ("kinds", "trainings"), [(("began",), 1), (("began", "ended"), 0), ((), 0)]
)
def test_only_drift_that_goes_on_is_trained_on_by_the_first_process(
    store: ModelStore, kinds: tuple[str, ...], trainings: int
) -> None:
    write_drift(store.layout.drift, *kinds)
    assert begun(Waiting(store, on_drift=True)) == trainings


@pytest.mark.parametrize(
    "kinds", [("began",), ("began", "ended", "began"), ("began", "ended", "ended", "ended")]
)
def test_drift_of_a_new_record_is_trained_on(store: ModelStore, kinds: tuple[str, ...]) -> None:
    waiting = Waiting(store, on_drift=True)
    write_drift(store.layout.drift, "began", "ended", "began")
    assert begun(waiting) == 1
    waiting.now += 2 * DAY
    write_drift(store.layout.drift)  # the old record was deleted
    assert begun(waiting) == 0
    write_drift(store.layout.drift, *kinds, at=waiting.now)
    assert begun(waiting) == 1
    waiting.step(2 * DAY)
    assert begun(waiting) == 0


def test_drift_under_a_clock_years_ahead_hides_none_of_a_new_record(store: ModelStore) -> None:
    waiting = Waiting(store, on_drift=True)
    ahead = waiting.now + 5 * 365 * DAY
    write_drift(store.layout.drift, "began", "ended", "began", at=ahead)
    assert begun(waiting) == 1
    waiting.step(2 * DAY)
    assert begun(waiting) == 0
    write_drift(store.layout.drift, "began", at=waiting.now)
    assert begun(waiting) == 1


def test_a_request_is_trained_on_once(store: ModelStore) -> None:
    request(store, 1)
    waiting = Waiting(store)
    assert begun(waiting) == 0  # it is older than the first waiting process
    request(store, 2, by="ada")
    assert begun(waiting) == 1
    assert waiting.status.last_run
    assert waiting.status.last_run.requested_by == "ada"
    waiting.restart()
    assert begun(waiting) == 0


def test_a_request_does_not_wait_for_the_next_attempt(store: ModelStore) -> None:
    waiting = Waiting(store, schedule="* * * * *")
    waiting.step(MINUTE)
    for _ in range(6):
        waiting.trainings[-1].fail("The data is not there.")
        waiting.step()
        request(store, len(waiting.trainings))
        waiting.step()
    assert len(waiting.trainings) == 7
    assert waiting.status.failures == 6


def test_a_damaged_request_or_record_is_left_out(store: ModelStore) -> None:
    waiting = Waiting(store, on_drift=True)
    store.layout.training_request.write_bytes(b"{}")
    store.layout.drift.write_bytes(b"[")
    assert begun(waiting) == 0
    request(store, 3)
    assert begun(waiting) == 1
