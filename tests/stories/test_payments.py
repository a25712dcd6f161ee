"""A table of payments with few frauds: imbalanced classes and a metric for them."""

from collections.abc import Iterator

import pytest

from tests.stacks.stack import NewStack, Stack, served_on
from tests.support.http import plain_http
from tests.support.processes.wait_until import wait_for
from tests.support.tables.story_tables import payments_csv

pytestmark = pytest.mark.thorough
METRIC = "average_precision"
VARIABLES = {
    "TRAINER_DATASET": "data/payments.csv",
    "TRAINER_TARGET": "kind",
    "TRAINER_POSITIVE_LABEL": "fraud",
    "METRIC": METRIC,
}
SUSPICIOUS = {"amount": 260.0, "country": None, "hour": 3, "new card": True}
USUAL = {"amount": 25.0, "country": "AT", "hour": 18, "new card": False}


@pytest.fixture(scope="module")
def stack(new_stack: NewStack) -> Iterator[Stack]:
    files = {
        "data/payments.csv": payments_csv(),
        "data/devices.csv": payments_csv(with_device=True),
    }
    with new_stack(files=files, GATEKEEPER_ALLOW_SCHEMA_CHANGE="true", **VARIABLES) as started:
        yield started


def test_the_metric_is_about_the_frauds(stack: Stack) -> None:
    (decision,) = stack.decisions()
    assert (decision["outcome"], decision["metric"]) == ("promoted", METRIC)
    assert decision["scores"]["challenger"] > 0.5, "chance is 0.04"
    assert plain_http.get(f"{stack.url}/model").json()["classes"] == ["genuine", "fraud"]


def test_frauds_are_more_probable_where_they_are(stack: Stack) -> None:
    suspicious, usual = (stack.predict(row)["probabilities"] for row in (SUSPICIOUS, USUAL))
    assert suspicious["fraud"] > 0.3
    assert usual["fraud"] < 0.05
    assert stack.predict(list(SUSPICIOUS.values()))["probabilities"] == suspicious


def test_without_a_positive_label_the_message_names_both(stack: Stack) -> None:
    refused = stack.make("retrain", **{**VARIABLES, "TRAINER_POSITIVE_LABEL": ""})
    assert "Error 2" in refused.stderr
    assert "'fraud'" in refused.stderr
    assert "'genuine'" in refused.stderr


def test_with_another_metric_than_the_gatekeeper_s_nothing_is_promoted(stack: Stack) -> None:
    refused = stack.make("retrain", **{**VARIABLES, "METRIC": "accuracy"})
    assert (refused.returncode, "refused" in refused.stdout) == (0, True), refused
    assert METRIC in refused.stdout
    assert stack.version() == 1


def test_a_new_column_is_promoted_if_the_operator_allows_it(stack: Stack) -> None:
    done = stack.make("retrain", **{**VARIABLES, "TRAINER_DATASET": "data/devices.csv"})
    assert served_on(done.stdout) == (2, 1, 1), done
    assert "'device'" in str(stack.decisions()[0]["checks"])
    old = stack.ask(USUAL)
    assert (old.status_code, old.json()["error"]["field"]) == (422, "features.device")
    assert stack.predict({**USUAL, "device": "web"})["model_version"] == 2
    back = stack.make("rollback", VERSION=1)
    assert back.returncode == 0, back
    wait_for(lambda: stack.version() == 3, "the version that was put back")
    assert stack.predict(USUAL)["model_version"] == 3


def test_a_threshold_finds_more_frauds_with_the_same_probabilities(stack: Stack) -> None:
    before = stack.predict(SUSPICIOUS)
    done = stack.make("retrain", **VARIABLES, TRAINER_THRESHOLD="0.02")
    assert served_on(done.stdout) == (4, 1, 1), done
    assert "Threshold: fraud from probability 0.02" in done.stdout
    assert "The baseline always answers the same probabilities" in done.stdout
    after = stack.predict(SUSPICIOUS)
    assert after["label"] == "fraud"
    assert after["probabilities"] == pytest.approx(before["probabilities"], abs=1e-5)
    threshold = plain_http.get(f"{stack.url}/model").json()["threshold"]
    assert threshold == {"label": "fraud", "probability": 0.02}
    refused = stack.make("retrain", **VARIABLES, TRAINER_THRESHOLD="2")
    assert "did you mean TRAINER_THRESHOLD=0.02?" in refused.stderr
