"""GATEKEEPER_COSTS: accepted values, the sentence for each other value, and the score."""

import json

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.metrics import make_scorer

from shared.errors import SettingsError
from shared.inference.servable import Predictions
from shared.scoring.costs import make_table, parse_costs, require_costs
from shared.scoring.scorers import report_scores, score
from shared.settings import CommonSettings, load_settings

COSTS = {"sick": {"healthy": 50.0}, "healthy": {"sick": 1.0}}
CLASSES = ("healthy", "sick")
WRONG = {
    "no JSON": ("sick:healthy:50", "GATEKEEPER_COSTS is not JSON: "),
    "a list": ('["sick"]', "is malformed: found '[\"sick\"]'; expected a JSON object of true"),
    "nothing": ("{}", "is malformed: found '{}'"),
    "a number for a class": ('{"sick": 50}', "is malformed: found 50 for 'sick'"),
    "a class twice": ('{"a": {"b": 1}, "a": {"b": 2}}', "the name 'a' occurs twice"),
    "a word": (
        '{"a": {"b": "1"}}',
        "the cost '1' of predicting 'b' for a row of the class",
    ),
    "true": ('{"a": {"b": true}}', "has the cost True of predicting 'b'"),
    "infinite": (
        '{"a": {"b": 1e999}}',
        "the class 'a'; expected a number from 0 to 1e+12.",
    ),
    "a gain": (
        '{"a": {"b": -1}}',
        "below 0, so add the same number to all costs of this true",
    ),
    "huge": (f'{{"a": {{"b": {"9" * 400}}}}}', "expected a number from 0 to 1e+12."),
    "no cost": ('{"a": {"b": 0}}', "has no cost above 0, so every model is equally good"),
    "deep": ("[" * 100_000, "GATEKEEPER_COSTS is not JSON: "),
}


@pytest.mark.parametrize(("setting", "said"), WRONG.values(), ids=WRONG)
def test_anything_but_costs_stops_the_start_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, setting: str, said: str
) -> None:
    monkeypatch.setenv("GATEKEEPER_COSTS", setting)
    with pytest.raises(SettingsError) as refused:
        load_settings(CommonSettings)
    assert said in str(refused.value)
    assert str(refused.value).startswith("GATEKEEPER_COSTS")


def test_costs_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GATEKEEPER_COSTS", raising=False)
    assert load_settings(CommonSettings).costs is None
    monkeypatch.setenv("GATEKEEPER_COSTS", json.dumps(COSTS))
    assert load_settings(CommonSettings).costs == COSTS


def test_a_right_prediction_that_costs_nothing_gives_the_same_costs() -> None:
    written = {"sick": {"healthy": 50, "sick": 0}, "healthy": {"sick": 1}}
    assert parse_costs(json.dumps(written)) == COSTS


def test_right_predictions_cost_nothing_unless_they_have_a_cost() -> None:
    assert make_table(COSTS, CLASSES) == ((0.0, 1.0), (50.0, 0.0))
    treated = {**COSTS, "sick": {"healthy": 50.0, "sick": 5.0}}
    assert make_table(treated, CLASSES) == ((0.0, 1.0), (50.0, 5.0))
    assert make_table(None, CLASSES) is None


def test_every_wrong_pair_needs_a_cost_of_a_known_class() -> None:
    with pytest.raises(SettingsError, match="no cost of predicting 'unclear' for a row of the cl"):
        make_table(COSTS, (*CLASSES, "unclear"))
    with pytest.raises(
        SettingsError, match="the class 'sik'; the classes are 'healthy', 'sick'. Did"
    ):
        make_table({"sik": {"healthy": 1.0}}, CLASSES)


def test_a_metric_of_costs_needs_them_and_numbers_have_none() -> None:
    with pytest.raises(SettingsError, match="metric neg_cost needs GATEKEEPER_COSTS; expected a"):
        require_costs("neg_cost", None)
    with pytest.raises(SettingsError, match="is for classes, but METRIC=r2 is for numbers"):
        require_costs("r2", COSTS)
    with pytest.raises(SettingsError, match="The metric neg_cost needs GATEKEEPER_COSTS"):
        score("neg_cost", np.array([0]), Predictions(np.array([0]), None), 2)
    require_costs("f1", COSTS)
    require_costs("f1", None)


@pytest.mark.parametrize("classes", [2, 4])
def test_the_score_is_the_mean_cost_of_all_rows_with_a_negative_sign(classes: int) -> None:
    random = np.random.default_rng(classes)
    truth, answers = random.integers(0, classes, (2, 200))
    table = random.integers(0, 9, (classes, classes)).astype(float)
    costs = tuple(map(tuple, table.tolist()))
    total = 0.0
    for true, answer in zip(truth, answers, strict=True):
        total += table[true][answer]
    predictions = Predictions(answers, None)
    assert score("neg_cost", truth, predictions, classes, costs) == pytest.approx(-total / 200)
    assert report_scores(truth, predictions, classes, costs)["neg_cost"] == pytest.approx(
        -total / 200
    )
    assert "neg_cost" not in report_scores(truth, predictions, classes)


def test_a_scorer_of_scikit_learn_agrees() -> None:
    """It is the one of docs/training.md for classifiers that tune their own threshold."""

    def cost(truth: np.ndarray, answers: np.ndarray) -> float:
        return float(np.array([[0, 1], [50, 0]])[truth, answers].mean())

    class FirstColumn(BaseEstimator):  # type: ignore[misc]  # it has no types
        def predict(self, rows: np.ndarray) -> np.ndarray:
            return rows[:, 0]

    truth, rows = np.array([0, 1, 1, 0]), np.array([[0], [0], [1], [1]])
    found = make_scorer(cost, greater_is_better=False)(FirstColumn(), rows, truth)
    predictions = Predictions(rows[:, 0], None)
    assert score("neg_cost", truth, predictions, 2, make_table(COSTS, CLASSES)) == found
