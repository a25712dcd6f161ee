"""A model with categories and missing values takes one input of tritonclient for each column."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException

from tests.support.models.mixed import CLASSES, mixed_model
from tests.support.processes.predictor import PredictorProcess, served_model

INSTANCES: list[dict[str, Any]] = [
    {"age": 41, "fare": 7.5, "member": True, "colour": "red", "town": "Oslo"},
    {"age": 23.5, "fare": None, "member": False, "colour": "mauve", "town": None},
    {"age": 90, "fare": 100, "member": True, "colour": "blue", "town": "Liège"},
]


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PredictorProcess]:
    with served_model(tmp_path_factory.mktemp("columns"), mixed_model()) as process:
        yield process


@pytest.fixture
def triton(predictor: PredictorProcess) -> Iterator[InferenceServerClient]:
    with InferenceServerClient(f"127.0.0.1:{predictor.port}") as client:
        yield client


def inputs(*, binary: bool) -> list[InferInput]:
    """Build the inputs of INSTANCES. In JSON, tritonclient cannot send a missing number."""
    columns: dict[str, tuple[str, Any]] = {
        "age": ("FP32", np.array([41, 23.5, 90], dtype=np.float32)),
        "fare": ("FP64", np.array([7.5, np.nan if binary else 8.0, 100])),
        "member": ("BOOL", np.array([True, False, True])),
        "colour": ("BYTES", np.array(["red", "mauve", "blue"], dtype=object)),
        "town": ("BYTES", np.array(["Oslo", "", "Liège"], dtype=object)),
    }
    found = []
    for name, (datatype, values) in columns.items():
        tensor = InferInput(name, [len(values), 1], datatype)
        found.append(tensor.set_data_from_numpy(values.reshape(-1, 1), binary_data=binary))
    return found


@pytest.mark.parametrize("binary", [True, False])
def test_columns_get_the_answers_of_predict(
    predictor: PredictorProcess, triton: InferenceServerClient, *, binary: bool
) -> None:
    instances = [dict(row) for row in INSTANCES]
    if not binary:
        instances[1]["fare"] = 8.0
    with predictor.client() as client:
        expected = client.post("/predict", json={"instances": instances}).json()
    wanted = [InferRequestedOutput(name, binary_data=binary) for name in ("label", "probabilities")]
    result = triton.infer("toy", inputs(binary=binary), outputs=wanted)
    assert result.as_numpy("probabilities").tolist() == expected["probabilities"]
    labels = result.as_numpy("label").tolist()
    found = [label.decode() if isinstance(label, bytes) else label for label in labels]
    assert found == expected["labels"]
    assert set(found) <= set(CLASSES)


def test_the_metadata_names_an_input_for_each_feature(triton: InferenceServerClient) -> None:
    assert triton.get_model_metadata("toy")["inputs"] == [
        {"name": "age", "datatype": "FP32", "shape": [-1, 1]},
        {"name": "fare", "datatype": "FP32", "shape": [-1, 1]},
        {"name": "member", "datatype": "BOOL", "shape": [-1, 1]},
        {"name": "colour", "datatype": "BYTES", "shape": [-1, 1]},
        {"name": "town", "datatype": "BYTES", "shape": [-1, 1]},
    ]


def test_a_missing_column_is_named(triton: InferenceServerClient) -> None:
    with pytest.raises(InferenceServerException, match="lacks 'colour'"):
        triton.infer("toy", [one for one in inputs(binary=True) if one.name() != "colour"])
