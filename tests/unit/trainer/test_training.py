"""One run, from the data to the convergence line."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from shared.contract.documents import Decision
from shared.contract.layout import REPORT_PAGE
from shared.errors import (
    CandidatesError,
    NotAStoreError,
    SettingsError,
    UndecidedError,
)
from shared.maintenance.store_checker import check_store
from shared.scoring.scorers import REPORTED_METRICS
from shared.settings import CommonSettings
from shared.store.store import ModelStore
from tests.support.processes.wait_until import PATIENCE_SECONDS, wait_for
from tests.support.stores.fake_services import deciding, worker
from tests.support.tables.tables import blobs_csv
from trainer.console import Console
from trainer.settings import TrainerSettings
from trainer.training import train

SMALL_TABLES = "tests.unit.trainer.small_table"
TABLE = f"{SMALL_TABLES}:CANDIDATES"


class Run:
    """The trainer on a small data set."""

    def __init__(self, store: ModelStore, data: Path) -> None:
        self.store = store
        self.output = StringIO()
        self.settings: dict[str, Any] = {"dataset": data, "target": "size", "candidates": TABLE}
        self.common: dict[str, Any] = {"store_dir": store.layout.root}

    def train(self, **settings: Any) -> Decision:
        patience = {"wait_seconds": PATIENCE_SECONDS}
        own = TrainerSettings(**self.settings | patience | settings)
        return train(CommonSettings(**self.common), own, Console(self.output))

    @property
    def lines(self) -> list[str]:
        return self.output.getvalue().splitlines()


@pytest.fixture
def run(store: ModelStore, tmp_path: Path) -> Run:
    return Run(store, blobs_csv(tmp_path / "blobs.csv"))


@contextmanager
def following(
    store: ModelStore, name: str, once: Callable[[], bool] = lambda: True
) -> Iterator[None]:
    """Run a worker that serves the version in the log, *once* it may."""

    def follow() -> None:
        registry = wait_for(lambda: store.decision_log().registry, "a promotion")
        wait_for(once, "the worker's turn")
        assert registry is not None
        store.heartbeats.write(worker(name, registry.version, loaded_at=datetime.now(UTC)))

    thread = threading.Thread(target=follow)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def test_a_run_ends_with_its_model_on_every_worker(run: Run) -> None:
    for name in ("a", "b"):
        run.store.heartbeats.write(worker(name, None))
    with deciding(run.store), following(run.store, "a"), following(run.store, "b"):
        decision = run.train()

    assert decision.outcome == "promoted"
    assert run.lines[-1].startswith("v1 serving on 2/2 workers after ")
    assert any(line.startswith("* ") for line in run.lines)
    (candidate_id,) = run.store.candidates.ids()
    assert decision.candidate_id == candidate_id
    assert f"Published: candidate {candidate_id}" in run.lines
    manifest = run.store.candidates.manifest(candidate_id)
    assert manifest.settings["target"] == "size"
    assert manifest.settings["metric"] == "f1"
    assert set(manifest.durations) == {
        "start_seconds",
        "load_seconds",
        "split_seconds",
        "check_seconds",
        "fit_seconds",
        "export_seconds",
        "report_seconds",
        "encode_seconds",
    }
    errors = [found.message for found in check_store(run.store) if found.kind == "error"]
    assert len(errors) == 1, errors
    assert errors[0].endswith(", the model in production, is missing from the store."), (
        "the fake gatekeeper copies no model; all else is as specified"
    )


def test_the_same_run_twice_gives_the_same_artefact(run: Run) -> None:
    with deciding(run.store):
        run.train()
        run.train()

    first, second = map(run.store.candidates.manifest, run.store.candidates.ids())
    assert first.digest == second.digest
    assert first.files[:3] == second.files[:3]
    assert first.candidate_id < second.candidate_id


def test_a_refit_is_recorded_and_named_and_changes_no_score_of_the_choice(run: Run) -> None:
    with deciding(run.store):
        run.train(refit=False)
        run.train(refit=True)

    once, twice = map(run.store.candidates.manifest, run.store.candidates.ids())
    assert (once.refitted, twice.refitted) == (False, True)
    assert once.digest != twice.digest
    assert once.baseline == twice.baseline
    assert [each.metrics for each in once.candidates] == [each.metrics for each in twice.candidates]
    assert once.durations.keys() ^ twice.durations.keys() == {"refit_seconds"}
    fitted = once.data.parts["train"] + once.data.parts["validation"]
    (line,) = (line for line in run.lines if line.startswith("Refit: "))
    assert line.startswith(
        f"Refit: it is fitted again on the {fitted} rows of train and validation"
    )
    pages = [
        (run.store.layout.candidate(each.candidate_id) / REPORT_PAGE).read_text()
        for each in (once, twice)
    ]
    assert ["from their fits on train" in page for page in pages] == [False, True]
    assert ["fitted again on train and validation" in page for page in pages] == [False, True]


def test_a_refusal_is_a_decision(run: Run) -> None:
    with deciding(run.store, "refused"):
        decision = run.train()

    assert decision.outcome == "refused"
    assert "observed 0.7361, required 0.9784" in run.output.getvalue()


def test_without_a_gatekeeper_the_candidate_is_published_undecided(run: Run) -> None:
    with pytest.raises(UndecidedError, match="published, but no gatekeeper .* within 0 s") as e:
        run.train(wait_seconds=0)

    (candidate_id,) = run.store.candidates.ids()
    assert candidate_id in str(e.value)


def test_a_worker_that_fails_is_shown_once_and_waited_for(run: Run) -> None:
    run.store.heartbeats.write(worker("a", None, last_error="it does not load"))
    failure = "  worker a serves none: it does not load"

    with deciding(run.store), following(run.store, "a", once=lambda: failure in run.lines):
        run.train()

    assert run.lines.count(failure) == 1
    assert run.lines[-1].startswith("v1 serving on 1/1 workers after ")


def test_decided_candidates_beyond_those_to_keep_are_removed(run: Run) -> None:
    with deciding(run.store):
        kept = [run.train(keep_candidates=2).candidate_id for _ in range(3)]

    assert run.store.candidates.ids() == kept[-2:]


def test_a_metric_that_does_not_fit_the_data_is_a_setting_to_correct(
    run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "three.csv"
    path.write_text("width,size\n" + "".join(f"{2 * i},{'abc'[i % 3]}\n" for i in range(300)))

    with pytest.raises(
        SettingsError, match="f1 is for two classes; the data has 3: 'a', 'b', 'c'. "
    ):
        run.train(dataset=path)


def test_three_classes_train_by_a_metric_for_them_and_are_searched(
    run: Run, tmp_path: Path
) -> None:
    run.common["metric"] = "f1_macro"
    path = tmp_path / "three.csv"
    path.write_text("width,size\n" + "".join(f"{2 * i},{'abc'[i // 100]}\n" for i in range(300)))

    with deciding(run.store):
        run.train(dataset=path, candidates=f"{SMALL_TABLES}:SEARCHED", search=9)

    manifest = run.store.candidates.manifest(run.store.candidates.ids()[0])
    assert manifest.holdout_metrics.keys() == set(REPORTED_METRICS[3])
    tree, linear = manifest.candidates
    assert (tree.settings_tried, linear.settings_tried) == (3, 0)
    assert tree.parameters["max_depth"] > 1
    assert len(tree.confusion_matrix or ()) == 3
    assert manifest.settings["search"] == 9
    assert any(line.startswith("Searched tree: 3 settings, best f1_macro ") for line in run.lines)


def test_when_no_candidate_can_be_trained_nothing_is_published(run: Run) -> None:
    with pytest.raises(CandidatesError, match="No estimator can be published: broken: ValueError"):
        run.train(candidates=f"{SMALL_TABLES}:BROKEN")
    with pytest.raises(CandidatesError, match="Each of these is a regressor: stump, ridge"):
        run.train(candidates=f"{SMALL_TABLES}:REGRESSORS")

    assert run.store.candidates.ids() == []


def test_a_directory_of_other_things_is_not_written_to(run: Run, tmp_path: Path) -> None:
    run.common["store_dir"] = tmp_path / "photos"
    run.common["store_dir"].mkdir()
    (run.common["store_dir"] / "cat.jpg").write_bytes(b"cat")

    with pytest.raises(NotAStoreError, match="is not a Modelgate store: it contains 'cat.jpg'"):
        run.train()

    assert [path.name for path in run.common["store_dir"].iterdir()] == ["cat.jpg"]
