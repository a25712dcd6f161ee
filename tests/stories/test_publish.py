"""A network that was trained elsewhere goes into production, and can be rolled back."""

from collections.abc import Iterator

import onnx
import pytest
from sklearn.linear_model import LogisticRegression

from tests.stacks.stack import NewStack, Stack, served_on
from tests.support.models import outside, pipelines
from tests.support.models.mlflow_directories import write_onnx, write_sklearn
from tests.support.tables.tables import write_csv

SEEN = outside.numbers_table(300, "two", seed=2)


@pytest.fixture(scope="module")
def stack(new_stack: NewStack) -> Iterator[Stack]:
    settings = {"GATEKEEPER_ALLOW_SCHEMA_CHANGE": "true", "GATEKEEPER_MIN_IMPROVEMENT": "-0.1"}
    with new_stack(is_trained=True, **settings) as started:
        write_csv(started.checkout / "data/holdout.csv", outside.numbers_table(200, "two"))
        write_csv(started.checkout / "seen.csv", SEEN)
        onnx.save(outside.sigmoid(), started.checkout / "signs.onnx")
        fitted = LogisticRegression().fit(*pipelines.split_target(SEEN))
        write_sklearn(started.checkout / "mlruns/line", fitted)
        write_onnx(started.checkout / "mlruns/net", outside.sigmoid(), "abcd")
        for weights in (started.checkout / "mlruns").rglob("*.data"):
            weights.chmod(0o644)  # onnx lets only its owner read them, and a container is another
        yield started


FILES = {"MODEL": "signs.onnx", "HOLDOUT": "data/holdout.csv", "TARGET": "y"}


def test_a_network_is_gated_served_and_rolled_back(stack: Stack) -> None:
    before = stack.decisions()[0]["registry"]["version"]
    done = stack.make(
        "publish", **FILES, FITTED_ON="seen.csv", NAME="signs", TRAINER_NEW_HOLDOUT="true"
    )
    assert served_on(done.stdout) == (before + 1, 1, 1), done
    answer = stack.predict({"a": 1.5, "b": 0.25, "c": -2.0, "d": 1.0})
    assert (answer["model_name"], answer["model_version"]) == ("signs", before + 1)
    assert answer["label"] in answer["probabilities"]
    assert stack.make("rollback", VERSION=before).returncode == 0


@pytest.mark.parametrize("name", ["line", "net"])
def test_a_directory_of_mlflow_is_gated_and_served(stack: Stack, name: str) -> None:
    before = stack.decisions()[0]["registry"]["version"]
    files = {**FILES, "MODEL": f"mlruns/{name}", "FITTED_ON": "seen.csv"}
    done = stack.make("publish", **files, TRAINER_NEW_HOLDOUT="true")
    assert served_on(done.stdout) == (before + 1, 1, 1), done
    answer = stack.predict({"a": 1.5, "b": 0.25, "c": -2.0, "d": 1.0})
    assert (answer["model_name"], answer["model_version"]) == (name, before + 1)
    assert stack.make("rollback", VERSION=before).returncode == 0


def test_a_model_of_other_data_changes_nothing(stack: Stack) -> None:
    before = stack.decisions()
    refused = stack.make("publish", **FILES, TRAINER_DROP="d")
    assert "has 4 columns, but the data has 3 features" in refused.stderr
    assert "Error 2" in refused.stderr
    assert stack.decisions() == before
