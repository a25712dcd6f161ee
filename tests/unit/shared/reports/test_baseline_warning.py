"""A model that is not better than a constant answer is called that, with what to do."""

import pytest

from shared.contract.documents import Manifest
from shared.contract.run_results import Baseline
from shared.contract.threshold import LabelThreshold
from shared.reports.baseline_warning import warn_about_baseline
from tests.support.stores.builders import toy_candidate

MANIFEST = toy_candidate().manifest
THRESHOLD = LabelThreshold(label="large", probability=0.1)


def scored(metric: str, ours: float, theirs: float | None, **changes: object) -> Manifest:
    found = {} if theirs is None else {metric: theirs}
    baseline = Baseline(answer="the mean, 3", metrics=found, holdout_metrics=found)
    update = {"metric": metric, "holdout_metrics": {metric: ours}, "baseline": baseline}
    return MANIFEST.model_copy(update=update | changes)


@pytest.mark.parametrize(
    "manifest",
    [
        MANIFEST,
        scored("f1", 0.7001, 0.7),
        scored("r2", 0.1, None),
        scored("neg_mean_absolute_error", -3.0, -3.1),
    ],
    ids=["an older one", "better", "undefined for a constant", "a smaller error"],
)
def test_without_a_better_baseline_there_is_no_warning(manifest: Manifest) -> None:
    assert warn_about_baseline(manifest) is None


@pytest.mark.parametrize("ours", [0.7, 0.2])
def test_an_equal_or_worse_model_learnt_nothing(ours: float) -> None:
    text = warn_about_baseline(scored("f1", ours, 0.7)) or ""
    assert f"toy is not better than the baseline on the holdout: f1 {ours:.4f}, baseline" in text
    assert "baseline 0.7000, higher is better. The baseline always answers the mean, 3." in text
    assert "learnt nothing useful" in text
    assert text.endswith("GATEKEEPER_FLOOR refuses such models if it is above 0.7000.")


def test_an_error_is_shown_as_a_positive_number_and_the_setting_as_it_is_written() -> None:
    text = warn_about_baseline(scored("neg_mean_absolute_error", -3.0, -2.5)) or ""
    assert "MAE 3.0000, baseline 2.5000, lower is better" in text
    assert text.endswith("above -2.5000.")


def test_a_perfect_recall_is_the_fault_of_the_metric() -> None:
    text = warn_about_baseline(scored("recall", 0.9, 1.0)) or ""
    assert "Choose METRIC=f1 or average_precision." in text
    assert "learnt nothing" not in text


@pytest.mark.parametrize(("metric", "is_blamed"), [("accuracy", True), ("roc_auc", False)])
def test_labels_by_a_threshold_are_the_work_of_the_threshold(metric: str, is_blamed: bool) -> None:
    text = warn_about_baseline(scored(metric, 0.5, 0.5, threshold=THRESHOLD)) or ""
    assert ("Choose another TRAINER_THRESHOLD" in text) == is_blamed
    assert ("learnt nothing" in text) == (not is_blamed)
