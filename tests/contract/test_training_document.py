"""docs/training.md says what the code does."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.studies.refit_gain import ESTIMATORS, SPLITS, TABLES, count_errors
from shared.metric_text import name_metric
from shared.scoring.scorer_names import (
    ANY_CLASSES,
    MANY_CLASSES,
    NEED_PROBABILITIES,
    REGRESSION,
    TWO_CLASSES,
    has_positive_class,
)
from shared.scoring.scorers import REPORTED_METRICS
from tests.contract.documented_training import train_as_documented
from tests.support.project import ROOT
from trainer.candidates.candidate_table import list_candidates, load_candidates
from trainer.candidates.parameter_spaces import draw_settings

TEXT = (ROOT / "docs" / "training.md").read_text()
PROGRAMS = re.findall(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


def names(text: str) -> list[str]:
    return re.findall(r"`([a-z0-9_]+)`", text)


def sentence(start: str) -> str:
    (found,) = re.findall(rf"^{start}.*$", TEXT, re.MULTILINE)
    return str(found)


@pytest.mark.parametrize(
    ("task", "metrics"),
    [
        ("two classes", TWO_CLASSES),
        ("three classes and more", MANY_CLASSES),
        ("any number of classes", ANY_CLASSES),
        ("numbers", REGRESSION),
    ],
)
def test_the_metrics_of_each_task_are_the_codes(task: str, metrics: tuple[str, ...]) -> None:
    assert names(sentence(rf"\| {task} \| `")) == list(metrics)


def test_metrics_of_probabilities_and_of_the_positive_class_are_the_codes() -> None:
    assert set(names(sentence("These need probabilities"))) == NEED_PROBABILITIES
    about_one = names(sentence("For two classes, `f1`"))
    assert set(about_one) == set(filter(has_positive_class, (*TWO_CLASSES, *ANY_CLASSES)))


def test_the_columns_of_the_printed_table_are_the_codes() -> None:
    (header,) = re.findall(r"^ +estimator +(.*?)  fit s$", TEXT, re.MULTILINE)
    assert re.split("  +", header) == [*map(name_metric, REPORTED_METRICS[2])]
    assert re.findall("`(.*?)`", sentence("- For three or more classes")) == [
        name_metric(metric) for metric in (*REPORTED_METRICS[3], *REPORTED_METRICS[0])
    ]


@pytest.fixture
def own_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path])
    yield tmp_path
    sys.modules.pop("mine", None)


def test_the_table_of_the_document_can_be_searched(own_modules: Path) -> None:
    source = next(block for block in PROGRAMS if "loguniform" in block)
    (own_modules / "mine.py").write_text(source)

    linear, forest = list_candidates(load_candidates("mine:CANDIDATES"))

    assert len(draw_settings(linear.space, 20, 42)) == 20
    assert len(draw_settings(forest.space, 20, 42)) == 12, "as the document says"


def gains() -> dict[tuple[str, str], tuple[float, float]]:
    """Read the shares of errors without and with a refit, by table and estimator."""
    found = re.findall(
        r"^\| ([a-z ]+) \| ([a-z ]+) \| ([\d.]+) % \| ([\d.]+) % \| (\d+) % \|$", TEXT, re.MULTILINE
    )
    for *_, once, again, fewer in found:
        assert abs(1 - float(again) / float(once) - float(fewer) / 100) < 0.01
    return {
        (table, name): (float(once) / 100, float(again) / 100)
        for table, name, once, again, _ in found
    }


def test_the_gain_of_a_refit_is_written_for_every_table_and_estimator() -> None:
    assert list(gains()) == [(table, name) for table in TABLES for name in ESTIMATORS]
    assert f"over {SPLITS} random splits" in TEXT


@pytest.mark.parametrize(
    ("table", "name", "splits"),
    [
        ("breast cancer", "logistic regression", 40),
        *(
            pytest.param(table, name, SPLITS, marks=pytest.mark.thorough)
            for table in TABLES
            for name in ESTIMATORS
        ),
    ],
)
def test_a_refit_avoids_as_many_errors_as_the_document_says(
    table: str, name: str, splits: int
) -> None:
    said = gains()[table, name]
    found = count_errors(table, name, splits)
    tolerance = 0.1 if splits == SPLITS else 0.3
    assert found == pytest.approx(said, rel=tolerance)
    assert found[1] < found[0]


def test_the_classifier_of_the_document_finds_a_threshold_of_small_cost(
    own_modules: Path,
) -> None:
    """Its costs are those of the setting, and the gate's score is that of the tuned labels."""
    source = next(block for block in PROGRAMS if "TunedThresholdClassifierCV" in block)
    (own_modules / "mine.py").write_text(source)
    (commands,) = re.findall(
        r"^(export GATEKEEPER_COSTS=.*\nexport METRIC=.*)\n", TEXT, re.MULTILINE
    )

    output, manifest = train_as_documented(commands, own_modules, "mine:CANDIDATES")

    assert manifest.threshold is not None
    assert manifest.threshold.label == "benign"
    assert manifest.threshold.probability > 0.6, "a malignant row must not be called benign"
    assert f"Threshold: {manifest.threshold.describe()}" in output
    assert manifest.costs == {"malignant": {"benign": 10.0}, "benign": {"malignant": 1.0}}
    assert manifest.metric == "neg_cost"
    assert manifest.baseline is not None
    assert manifest.holdout_metrics["neg_cost"] > manifest.baseline.holdout_metrics["neg_cost"]
