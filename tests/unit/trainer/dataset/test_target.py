"""Classes or numbers: the values of the target and METRIC decide together."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from shared.errors import DatasetError, SettingsError
from trainer.dataset.dataset import Dataset
from trainer.dataset.load import load_dataset
from trainer.settings import TrainerSettings


def load(folder: Path, target: Sequence[Any] | pa.Array, metric: str, **settings: Any) -> Dataset:
    path = folder / "table.parquet"
    parquet.write_table(pa.table({"x": range(0, 2 * len(target), 2), "y": target}), path)
    return load_dataset(TrainerSettings(dataset=path, target="y", **settings), metric)


NUMBERS = {
    "not whole": ([0.5, 1.5, 2.5], "r2"),
    "whole, with a metric of numbers": ([1, 2, 1], "neg_mean_absolute_error"),
    "whole floats, with a metric of numbers": ([1.0, 2.0, 1.0], "r2"),
    "many whole ones": (range(101), "r2"),
    "huge whole ones": ([1e20, 2e20, 1e20], "r2"),
}


@pytest.mark.parametrize(("values", "metric"), NUMBERS.values(), ids=NUMBERS)
def test_which_targets_are_regressions(
    tmp_path: Path, values: Sequence[float], metric: str
) -> None:
    data = load(tmp_path, values, metric)

    assert (data.schema.task, data.schema.classes) == ("regression", ())
    assert data.target.dtype == np.float64
    assert data.target.tolist() == list(values)


CLASSES = {
    "texts": (["b", "a", "c"], ("a", "b", "c")),
    "whole": ([10, 9, 11], ("9", "10", "11")),
    "whole floats": ([10.0, 9.0, 11.0], ("9", "10", "11")),
    "booleans": ([True, False, True], ("false", "true")),
}


@pytest.mark.parametrize(("values", "classes"), CLASSES.values(), ids=CLASSES)
def test_which_targets_are_classes(
    tmp_path: Path, values: Sequence[Any], classes: tuple[str, ...]
) -> None:
    data = load(tmp_path, values, "accuracy")

    assert (data.schema.task, data.schema.classes) == ("classification", classes)
    assert data.target.dtype == np.int64


METRICS = {
    "numbers": ([0.5, 1.5], "f1", "'y' has numbers that are not whole, .*Set METRIC to r2, neg_"),
    "many whole numbers": (
        range(101),
        "accuracy",
        "'y' has 101 different whole numbers, more than 100 classes",
    ),
    "texts": (["a", "b"], "r2", "METRIC=r2 is for numbers .* 'y' holds strings, .* to accuracy"),
    "booleans": ([True, False], "r2", "'y' holds booleans, which are classes"),
}


@pytest.mark.parametrize(("values", "metric", "message"), METRICS.values(), ids=METRICS)
def test_a_metric_of_the_other_task_names_suitable_metrics(
    tmp_path: Path, values: Sequence[Any], metric: str, message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        load(tmp_path, values, metric)


def test_the_default_data_are_classes() -> None:
    with pytest.raises(SettingsError, match="METRIC=r2 is for numbers to predict, but the diagn"):
        load_dataset(TrainerSettings(), "r2")


def test_numbers_have_no_positive_label(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="for two classes, but 'y' has numbers to predict"):
        load(tmp_path, [0.5, 1.5], "r2", positive_label="1")


BAD = {
    "missing": ([0.5, None, float("nan")], "'y' is missing in 2 of 3 rows"),
    "empty texts": (["a", "", "b"], "'y' is missing in 1 of 3 rows"),
    "infinite": ([0.5, float("-inf"), 1e300], "infinite or beyond ±3.4e.38 in 2 of 3 rows"),
    "one number": ([0.5, 0.5], "'y' has one value, 0.5, in every row"),
    "lists": ([["a"], ["b"]], "'y' has the type list<.*strings, booleans or numbers"),
    "nothing": (pa.nulls(2), "'y' is missing in 2 of 2 rows"),
}


@pytest.mark.parametrize(("values", "message"), BAD.values(), ids=BAD)
def test_an_unsuitable_target_is_one_sentence(
    tmp_path: Path, values: Sequence[Any], message: str
) -> None:
    with pytest.raises(DatasetError, match=message):
        load(tmp_path, values, "r2" if isinstance(values[0], float) else "accuracy")
