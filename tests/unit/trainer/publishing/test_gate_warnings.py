"""A run says before its fits that the gatekeeper decides by another metric or class."""

import shutil
from io import StringIO
from pathlib import Path

import pytest

from shared.errors import UndecidedError
from shared.settings import CommonSettings
from shared.store.store import ModelStore
from tests.support.models.toy import CLASSES, toy_model
from tests.support.stores.builders import promote, toy_candidate
from tests.support.stores.gatekeeping import gatekeeper_of
from tests.support.tables.tables import blobs_csv
from trainer import check_data
from trainer.console import Console
from trainer.publishing.gate_warnings import warn_about_metric, warn_about_positive_class
from trainer.settings import TrainerSettings
from trainer.training import train

SAYS = "METRIC is balanced_accuracy, but the gatekeeper decided by accuracy in decision 1, its last"


def warnings_of(store: ModelStore, metric: str, classes: tuple[str, ...] = CLASSES) -> list[str]:
    log = store.decision_log()
    return [
        *warn_about_metric(log, metric),
        *warn_about_positive_class(store, log, metric, classes),
    ]


def test_an_empty_store_and_an_equal_metric_give_no_warning(store: ModelStore) -> None:
    assert warnings_of(store, "f1") == []
    promote(store, toy_model())
    assert warnings_of(store, "accuracy") == []


def test_a_refusal_counts_too_and_a_rollback_does_not(store: ModelStore) -> None:
    toy_candidate(toy_model()).with_manifest(metric="f1").publish(store)
    gatekeeper_of(store).poll()
    assert store.decision_log().registry is None
    (warning,) = warnings_of(store, "f1")
    assert warning.endswith(
        "If it still does, it will refuse this candidate. Set METRIC=accuracy, or start all "
        "services with METRIC=f1."
    )


@pytest.mark.parametrize("metric", ["f1", "average_precision"])
def test_another_positive_class_than_that_of_production_is_named(
    store: ModelStore, metric: str
) -> None:
    promote(store, toy_model())
    other = CLASSES[::-1]
    said = warnings_of(store, metric, other)[-1]
    assert said.startswith(f"METRIC={metric} measures the class {other[1]!r}, but {CLASSES[1]!r}")
    assert f"Set TRAINER_POSITIVE_LABEL={CLASSES[1]} to keep the class" in said
    for quiet in (CLASSES, ("no", "yes"), (*other, "third")):
        assert len(warnings_of(store, metric, quiet)) == 1  # of the metric
    assert warnings_of(store, "accuracy", other) == []


def test_a_damaged_model_gives_no_warning(store: ModelStore) -> None:
    registry = promote(store, toy_model())
    shutil.rmtree(store.models.directory(registry.digest))
    assert warnings_of(store, "accuracy", CLASSES[::-1]) == []
    assert len(warnings_of(store, "recall", CLASSES[::-1])) == 1


def test_a_run_says_so_before_the_scores(store: ModelStore, tmp_path: Path) -> None:
    promote(store, toy_model())
    output = StringIO()
    own = TrainerSettings(
        dataset=blobs_csv(tmp_path / "blobs.csv"),
        target="size",
        candidates="tests.unit.trainer.small_table:CANDIDATES",
        wait_seconds=0,
    )
    common = CommonSettings(store_dir=store.layout.root, metric="balanced_accuracy")
    with pytest.raises(UndecidedError):
        train(common, own, Console(output))
    before, _, _ = output.getvalue().partition("Scores on validation")
    assert f"\nwarning: {SAYS}" in before


@pytest.mark.usefixtures("usual_signals")
@pytest.mark.parametrize(("target", "status"), [("size", 0), ("width", 2)])
def test_the_check_of_a_table_says_so_too(
    store: ModelStore,
    tmp_path: Path,
    only_the_store: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    target: str,
    status: int,
) -> None:
    promote(store, toy_model())
    only_the_store.setenv("METRIC", "balanced_accuracy")
    only_the_store.setenv("TRAINER_DATASET", str(blobs_csv(tmp_path / "blobs.csv")))
    only_the_store.setenv("TRAINER_TARGET", target)
    assert check_data.main([]) == status
    assert f"note: {SAYS}" in capsys.readouterr().out
