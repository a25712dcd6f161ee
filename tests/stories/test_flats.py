"""A table of rents: a regression."""

from collections.abc import Iterator

import pytest

from tests.stacks.stack import NewStack, Stack, served_on
from tests.support.http import plain_http
from tests.support.tables.story_tables import flats_csv

VARIABLES = {
    "TRAINER_DATASET": "data/flats.csv",
    "TRAINER_TARGET": "rent",
    "METRIC": "neg_mean_absolute_error",
}
WITH_FLOORS = {**VARIABLES, "TRAINER_DATASET": "data/floors.csv"}
FLAT = {"area m²": 60.0, "district": "Hafen", "balcony": True, "year": 1980}
RENT = 60 * 19.5 + 80 + 80 * 1.5 + 20
"""Average rent of such a flat."""


@pytest.fixture(scope="module")
def stack(new_stack: NewStack) -> Iterator[Stack]:
    files = {"data/flats.csv": flats_csv(), "data/floors.csv": flats_csv(floors=True)}
    with new_stack(files=files, **VARIABLES) as started:
        yield started


def test_the_first_model_is_a_regression_gated_by_its_metric(stack: Stack) -> None:
    (decision,) = stack.decisions()
    assert (decision["outcome"], decision["metric"]) == ("promoted", VARIABLES["METRIC"])
    assert -100 < decision["scores"]["challenger"] < 0
    assert plain_http.get(f"{stack.url}/model").json()["task"] == "regression"


def test_a_regressors_answer_is_a_number_without_a_class(stack: Stack) -> None:
    answer = stack.predict(FLAT)
    assert answer.pop("prediction") == pytest.approx(RENT, rel=0.1)
    assert sorted(answer) == ["model_name", "model_version"]
    assert stack.predict(list(FLAT.values())) == stack.predict(FLAT)


def test_a_flat_of_which_less_is_known_has_a_rent_too(stack: Stack) -> None:
    unknown = {**FLAT, "balcony": None, "year": None}
    assert stack.predict(unknown)["prediction"] == pytest.approx(RENT, rel=0.2)
    assert stack.predict({"area m²": 60, "district": "Hafen"}) == stack.predict(unknown)
    assert stack.predict({**FLAT, "district": "Atlantis"})["prediction"] > 0
    assert stack.ask({**FLAT, "area m²": None}).status_code == 422


def test_a_larger_flat_costs_more(stack: Stack) -> None:
    rows = [{**FLAT, "area m²": area} for area in (30, 60, 90)]
    answer = plain_http.post(f"{stack.url}/predict", json={"instances": rows}).json()
    assert answer["predictions"] == sorted(answer["predictions"])
    assert sorted(answer) == ["model_name", "model_version", "predictions"]


def test_make_predict_shows_a_real_flat(stack: Stack) -> None:
    shown = stack.make("predict")
    assert (shown.returncode, "district" in shown.stdout) == (0, True), shown


@pytest.mark.thorough
def test_a_metric_for_classes_is_refused_with_others_that_fit(stack: Stack) -> None:
    refused = stack.make("retrain", **{**VARIABLES, "METRIC": "f1"})
    assert "Error 2" in refused.stderr
    assert "neg_root_mean_squared_error" in refused.stderr


@pytest.mark.thorough
def test_a_retrain_is_decided_by_the_error_on_the_same_rows(stack: Stack) -> None:
    done = stack.make("retrain", **VARIABLES)
    assert served_on(done.stdout) == (2, 1, 1), done
    newest = stack.decisions()[0]["scores"]
    assert newest["challenger"] == newest["champion"]


def test_a_column_that_clients_do_not_send_yet_is_refused(stack: Stack) -> None:
    before = stack.predict(FLAT)
    refused = stack.make("retrain", **WITH_FLOORS)
    assert (refused.returncode, "refused" in refused.stdout) == (0, True), refused
    assert "'floor'" in refused.stdout
    assert "GATEKEEPER_ALLOW_SCHEMA_CHANGE" in refused.stdout
    failed = [check["name"] for check in stack.decisions()[0]["checks"] if not check["passed"]]
    assert "schema-compatible" in failed
    assert stack.predict(FLAT) == before
