"""A pickle that is not a suitable pipeline ends in one sentence, and nothing is published."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import lightgbm
import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from shared.store.store import ModelStore
from tests.support.models import outside, pipelines
from tests.support.stores.brought import Table, bring
from tests.support.sweep import sweep
from trainer.brought_models.bare.unfit_model import UnfitModelError

TWO, VALUES = outside.boosted_table(80), outside.numbers_table(60, "value")
TOWNS = outside.mixed_table(80)


class OwnRule(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # sklearn ships no types
    """A classifier in Python, which no graph can hold."""

    def fit(self, _rows: Any, target: Any) -> "OwnRule":
        """Remember the classes."""
        self.classes_ = np.unique(target)
        return self

    def predict(self, rows: Any) -> Any:
        """Return the second class for a positive number in the first column."""
        return self.classes_[(np.asarray(rows)[:, 0] > 0).astype(int)]


def pickled(value: Any) -> bytes:
    buffer = io.BytesIO()
    joblib.dump(value, buffer)
    return buffer.getvalue()


def fitted(table: Table, estimator: Any, *, without: tuple[str, ...] = ()) -> Any:
    rows, target = pipelines.split_target(table)
    return estimator.fit(rows.drop(columns=list(without)), target)


CASES: dict[str, tuple[Callable[[], bytes], Table, str, dict[str, Any]]] = {
    # The file, the holdout, a part of the sentence, and options.
    "no pickle": (lambda: b"weights", TWO, "cannot be unpickled", {}),
    "cut off": (lambda: pickled(LogisticRegression())[:40], TWO, "cannot be unpickled", {}),
    "missing module": (lambda: b"cno_such_module\nModel\n.", TWO, "no_such_module", {}),
    "a dictionary": (lambda: pickled({"weights": [1.0]}), TWO, "of the type builtins.dict", {}),
    "not fitted": (lambda: pickled(LogisticRegression()), TWO, "is not fitted", {}),
    "a class": (lambda: pickled(LogisticRegression), TWO, "must be a fitted estimator", {}),
    "fewer columns": (
        lambda: pickled(fitted(TWO, LogisticRegression(), without=("d",))),
        TWO,
        "fails on the rows of HOLDOUT",
        {},
    ),
    "another column": (
        lambda: pickled(
            fitted({"x": TWO["a"], **TWO}, lightgbm.LGBMClassifier(verbose=-1), without=("a",))
        ),
        TWO,
        "fitted on the columns 'x', 'b', 'c', 'd', but the features of HOLDOUT are 'a', 'b'",
        {},
    ),
    "other labels": (
        lambda: pickled(fitted({**TWO, "y": TWO["y"] + 5}, LogisticRegression())),
        TWO,
        "does not know the classes",
        {},
    ),
    "a classifier for numbers": (
        lambda: pickled(fitted(TWO, LogisticRegression())),
        VALUES,
        "is a classifier",
        {"metric": "r2"},
    ),
    "a regression for classes": (
        lambda: pickled(fitted(VALUES, LinearRegression())),
        TWO,
        "is not a classifier",
        {},
    ),
    "OUTPUT": (
        lambda: pickled(fitted(TWO, LogisticRegression())),
        TWO,
        "OUTPUT=logits is for ONNX",
        {"output": "logits"},
    ),
    "own code": (lambda: pickled(fitted(TWO, OwnRule())), TWO, "no Python code", {}),
    "no unseen categories": (
        lambda: pickled(fitted(TOWNS, make_pipeline(OneHotEncoder(), LogisticRegression()))),
        TOWNS,
        "handle_unknown",
        {},
    ),
}


@pytest.mark.parametrize(
    "case",
    sweep(CASES, "no pickle", "missing module", "other labels"),
)
def test_an_unfit_pipeline_ends_in_one_sentence_and_nothing_is_published(
    store: ModelStore, tmp_path: Path, case: tuple[Callable[[], bytes], Table, str, dict[str, Any]]
) -> None:
    make, holdout, sentence, options = case
    path = tmp_path / "brought.joblib"
    path.write_bytes(make())
    with pytest.raises(UnfitModelError) as refused:
        bring(store, tmp_path / "in", path, holdout, **options)
    text = str(refused.value)
    assert sentence in text
    assert "\n" not in text
    assert text.endswith((".", ")"))
    assert store.candidates.ids() == []
