"""The commands of docs/inference-protocol.md work as shown."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support.models.served import logistic_regression
from tests.support.processes.predictor import PredictorProcess, served_model
from tests.support.project import ROOT

TEXT = (ROOT / "docs" / "inference-protocol.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PredictorProcess]:
    directory = tmp_path_factory.mktemp("document")
    with served_model(directory, logistic_regression(), "logistic_regression") as process:
        yield process


def run(predictor: PredictorProcess, *command: str) -> str:
    """Run a command of the document with the address of *predictor* and return its output."""
    here = [part.replace("localhost:8000", f"127.0.0.1:{predictor.port}") for part in command]
    done = subprocess.run(here, check=True, capture_output=True, text=True)
    return done.stdout


def test_the_commands_are_answered_as_shown(predictor: PredictorProcess) -> None:
    metadata, infer = (json.loads(run(predictor, "sh", "-c", block)) for block in blocks("sh"))
    (shown,) = (json.loads(block) for block in blocks("json"))
    told = [(one["name"], one["datatype"]) for one in shown["outputs"]]
    assert [(one["name"], one["datatype"]) for one in metadata["outputs"]] == told
    for answer in (infer, shown):
        probabilities = answer["outputs"][1].pop("data")
        assert sum(probabilities) == pytest.approx(1)
    assert infer == shown


def test_the_program_prints_the_mean_probabilities(predictor: PredictorProcess) -> None:
    (program,) = blocks("python")
    means = run(predictor, sys.executable, "-W", "error", "-c", program).strip(" []\n").split()
    assert sum(map(float, means)) == pytest.approx(1)
