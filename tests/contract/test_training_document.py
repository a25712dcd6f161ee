"""docs/training.md says what the code does."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

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
from tests.support.project import ROOT
from trainer.candidates.candidate_table import list_candidates, load_candidates
from trainer.candidates.parameter_spaces import draw_settings

TEXT = (ROOT / "docs" / "training.md").read_text()


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
    (header,) = re.findall(r"^ +candidate +(.*?)  fit s$", TEXT, re.MULTILINE)
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
    (source,) = re.findall(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    (own_modules / "mine.py").write_text(source)

    linear, forest = list_candidates(load_candidates("mine:CANDIDATES"))

    assert len(draw_settings(linear.space, 20, 42)) == 20
    assert len(draw_settings(forest.space, 20, 42)) == 12, "as the document says"
