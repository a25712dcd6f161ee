"""Importances cost a bounded number of predictions and a bounded time, however wide a table is."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from shared.inference.onnx_servable import OnnxServable
from shared.inference.servable import AnyRows, Predictions, Servable
from shared.reports.report_document import MAX_IMPORTANCES
from tests.support.models.toy import numbers_called, toy_model
from trainer.dataset.split import Split
from trainer.export.export import ExportedCandidate
from trainer.publishing import feature_importance
from trainer.publishing.feature_importance import (
    MAX_PREDICTIONS,
    MAX_SECONDS,
    SHUFFLES,
    count_rows,
    measure,
)

RANDOM = np.random.default_rng(5)


@dataclass
class Clock:
    """A clock that only a slow model moves."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Meter:
    """A servable that counts the rows of all calls, and moves a clock for each of them."""

    servable: Servable
    clock: Clock = field(default_factory=Clock)
    seconds_of_a_row: float = 0.0
    rows: int = 0

    def predict(self, rows: AnyRows) -> Predictions:
        self.rows += len(rows)
        self.clock.seconds += len(rows) * self.seconds_of_a_row
        return self.servable.predict(rows)


def exported_model(
    used: dict[int, float], features: int, rows: int
) -> tuple[ExportedCandidate, Split]:
    """Return a model that uses only the features *used*, and a holdout that it knows well."""
    names = [f"x{number}" for number in range(features)]
    weights = np.zeros(features)
    weights[list(used)] = list(used.values())
    model = toy_model(tuple(weights.tolist()), features=names)
    table = RANDOM.normal(size=(rows, features))
    servable = OnnxServable(model.files["model.onnx"], model.artefact)
    answers = servable.predict(table)
    exported = ExportedCandidate(model.artefact, {}, None, answers, answers, servable)
    return exported, Split(table, (table @ weights > 0).astype(np.int64))


@pytest.mark.parametrize("features", [41, 300, pytest.param(3000, marks=pytest.mark.thorough)])
def test_the_features_that_matter_are_found_in_a_wide_table(features: int) -> None:
    used = {7: 3.0, features // 2: -2.0, features - 1: 1.0}
    exported, holdout = exported_model(used, features, 400)
    meter = Meter(exported.servable)

    found = measure(replace(exported, servable=meter), holdout, "accuracy", seed=1)

    assert [each.feature for each in found.largest[:3]] == [f"x{number}" for number in used]
    assert all(each.drop > 0.05 for each in found.largest[:3])
    assert meter.rows <= MAX_PREDICTIONS + 2 * found.rows
    assert found.unmeasured == features - len(found.measured) > 0
    assert len(found.largest) == min(MAX_IMPORTANCES, len(found.measured))
    assert set(found.measured) >= {each.feature for each in found.largest}


def test_a_narrow_table_is_measured_completely() -> None:
    exported, holdout = exported_model({0: 1.0}, 40, 400)
    found = measure(exported, holdout, "accuracy", seed=1)
    assert (found.measured, found.unmeasured, found.rows) == ((), 0, 100)
    assert found == measure(exported, holdout, "accuracy", seed=1), "by the seed"


@pytest.mark.parametrize("seconds_of_a_row", [0.0005, 0.01, 1.0])
def test_a_slow_model_is_measured_as_far_as_the_time_allows(
    monkeypatch: pytest.MonkeyPatch, seconds_of_a_row: float
) -> None:
    exported, holdout = exported_model({1: 1.0}, 30, 400)
    clock = Clock()
    monkeypatch.setattr(feature_importance, "perf_counter", clock)
    meter = Meter(exported.servable, clock, seconds_of_a_row)

    found = measure(replace(exported, servable=meter), holdout, "accuracy", seed=1)

    one_feature = (SHUFFLES + 2) * found.rows * seconds_of_a_row
    assert clock.seconds <= max(MAX_SECONDS, 2 * one_feature)
    assert found.unmeasured == 30 - len(found.measured) > 0
    assert found.largest[0].feature == "x1", "the feature with an effect is measured first"


def test_progress_is_shown_for_each_feature() -> None:
    exported, holdout = exported_model({0: 1.0}, 50, 400)
    shown: list[tuple[str, int, int]] = []

    def note(step: str, done: int = 0, total: int = 0, detail: str = "") -> None:
        assert not detail
        shown.append((step, done, total))

    found = measure(exported, holdout, "accuracy", 1, note)
    count = len(found.measured)
    assert shown[0] == ("Screening the features for the report", 0, 0)
    assert shown[-1] == ("Measuring importance", count - 1, count)


def test_a_metric_that_is_undefined_here_gives_no_importance() -> None:
    exported, holdout = exported_model({0: 1.0}, 3, 50)
    assert measure(exported, holdout, "top_k_accuracy", seed=1).largest == ()


@dataclass
class Numbers:
    """A regressor: the sum of columns 3 and 4, in which a missing value counts as -1."""

    def predict(self, rows: AnyRows) -> Predictions:
        filled = np.where(np.isnan(rows), -1.0, rows)
        return Predictions(filled[:, 3] + 10 * filled[:, 4], None)


@dataclass
class Labels:
    """A classifier without probabilities that looks at column 2."""

    def predict(self, rows: AnyRows) -> Predictions:
        return Predictions((np.nan_to_num(rows[:, 2]) > 0).astype(np.int64), None)


@pytest.mark.parametrize(
    ("servable", "metric", "used"), [(Numbers(), "r2", [4, 3]), (Labels(), "accuracy", [2])]
)
def test_missing_values_constants_and_labels_are_screened_too(
    servable: Servable, metric: str, used: list[int]
) -> None:
    rows = RANDOM.normal(size=(200, 100))
    rows[::3] = np.nan
    rows[:, 10], rows[:, 11], rows[:, 12] = np.nan, 5.0, 1e300
    answers = servable.predict(rows)
    model = toy_model().artefact.model_copy(
        update={
            "features": numbers_called([f"x{number}" for number in range(100)]),
            "classes": ("no", "yes") if metric == "accuracy" else (),
        }
    )
    exported = ExportedCandidate(model, {}, None, answers, answers, servable)
    found = measure(exported, Split(rows, answers.values), metric, seed=1)

    assert found.unmeasured > 0
    assert [each.feature for each in found.largest[: len(used)]] == [f"x{each}" for each in used]
    assert all(each.drop > 0 for each in found.largest[: len(used)])


def test_few_rows_are_shuffled_in_a_wide_table() -> None:
    assert count_rows(5000, 200) == 100
    assert count_rows(400, 2) == 400
    assert count_rows(40, 3000) == 40
