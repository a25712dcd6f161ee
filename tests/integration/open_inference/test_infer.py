"""tritonclient gets the predictions of `POST /predict` in every form of a request."""

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from tritonclient.http import InferenceServerClient

from tests.integration.open_inference.tensors import features, labels, outputs
from tests.support.models.served import (
    breast_cancer_model,
    breast_cancer_rows,
    logistic_regression,
    random_forest,
    toy_regressor,
)
from tests.support.models.toy import ToyModel, toy_model
from tests.support.processes.predictor import PredictorProcess


@pytest.mark.parametrize("make", [logistic_regression, random_forest])
def test_every_form_of_a_request_gets_the_predictions_of_predict(
    serve: Callable[[ToyModel], int],
    predictor: PredictorProcess,
    triton: InferenceServerClient,
    make: Callable[[], ToyModel],
) -> None:
    serve(make())
    for count in (1, 2, 10_000):
        rows = breast_cancer_rows(count)
        with predictor.client() as client:
            expected = client.post("/predict", json={"instances": rows.tolist()}).json()
        for datatype in ("FP32", "FP64"):
            for binary in (True, False):
                result = triton.infer(
                    "toy",
                    features(rows, datatype, binary=binary),
                    outputs=outputs("label", "probabilities", binary=binary),
                )
                probabilities = result.as_numpy("probabilities")
                assert probabilities.dtype == np.float32
                assert probabilities.tolist() == expected["probabilities"]
                assert labels(result) == expected["labels"]


def test_without_outputs_a_client_gets_all_of_them_in_binary(
    serve: Callable[[ToyModel], int], triton: InferenceServerClient
) -> None:
    serve(toy_model())
    result = triton.infer("toy", features(np.ones((3, 2))))
    told = result.get_response()["outputs"]
    assert [(one["name"], one["datatype"], one["shape"]) for one in told] == [
        ("label", "BYTES", [3]),
        ("probabilities", "FP32", [3, 2]),
    ]
    assert all(one.keys() == {"name", "datatype", "shape", "parameters"} for one in told)
    assert labels(result) == ["large"] * 3


def test_outputs_are_selected_each_in_its_form(
    serve: Callable[[ToyModel], int], triton: InferenceServerClient
) -> None:
    serve(toy_model())
    rows = features(np.array([[1, 2], [-3, -4]]))
    result = triton.infer("toy", rows, outputs=outputs("probabilities"))
    assert [one["name"] for one in result.get_response()["outputs"]] == ["probabilities"]
    assert result.as_numpy("label") is None
    mixed = triton.infer(
        "toy", rows, outputs=outputs("probabilities") + outputs("label", binary=False)
    )
    assert [one["name"] for one in mixed.get_response()["outputs"]] == ["probabilities", "label"]
    assert mixed.as_numpy("probabilities").tolist() == result.as_numpy("probabilities").tolist()
    assert mixed.get_output("label")["data"] == ["large", "small"]


@pytest.mark.parametrize("datatype", ["FP16", "INT8", "INT64", "UINT16"])
@pytest.mark.parametrize("binary", [True, False])
def test_other_types_of_numbers_are_taken(
    serve: Callable[[ToyModel], int],
    triton: InferenceServerClient,
    datatype: str,
    *,
    binary: bool,
) -> None:
    serve(toy_regressor((1.0, 2.0)))
    rows = np.array([[1, 2], [100, 7]])
    result = triton.infer("toy", features(rows, datatype, binary=binary))
    assert result.as_numpy("prediction").tolist() == [5.0, 114.0]


def test_a_regressor_answers_one_number_for_each_row(
    serve: Callable[[ToyModel], int], triton: InferenceServerClient
) -> None:
    serve(toy_regressor((1.0, 2.0)))
    assert triton.get_model_metadata("toy")["outputs"] == [
        {"name": "prediction", "datatype": "FP64", "shape": [-1]}
    ]
    result = triton.infer("toy", features(np.array([[0.5, 0.25]])), outputs=outputs("prediction"))
    assert result.as_numpy("prediction").tolist() == [1.0]


def test_an_opted_in_pickle_answers_in_its_own_precision(
    serve: Callable[[ToyModel], int], predictor: PredictorProcess, triton: InferenceServerClient
) -> None:
    serve(breast_cancer_model(RandomForestClassifier(5, random_state=0), is_joblib=True))
    rows = breast_cancer_rows(5)
    metadata = triton.get_model_metadata("toy")
    assert metadata["platform"] == "sklearn_joblib"
    assert metadata["outputs"][1] == {
        "name": "probabilities",
        "datatype": "FP64",
        "shape": [-1, 2],
    }
    with predictor.client() as client:
        expected = client.post("/predict", json={"instances": rows.tolist()}).json()
    for binary in (True, False):
        result = triton.infer("toy", features(rows, "FP64", binary=binary))
        assert result.as_numpy("probabilities").tolist() == expected["probabilities"]


def test_the_version_in_the_path_and_the_id_come_back(
    serve: Callable[[ToyModel], int], predictor: PredictorProcess, triton: InferenceServerClient
) -> None:
    version = serve(toy_model())
    rows = features(np.ones((1, 2)))
    answer = triton.infer("toy", rows, model_version=str(version), request_id="order 66")
    content = answer.get_response()
    assert (content["model_name"], content["model_version"]) == ("toy", str(version))
    assert content["id"] == "order 66"
    assert "id" not in triton.infer("toy", rows).get_response()
    with predictor.client() as client:
        for path in ("/v2", "/v2/", "/v2/health/live", "/v2/health/ready", "/v2/models/toy/ready"):
            assert client.get(path).headers["x-model-version"] == str(version)


def test_hints_for_other_servers_are_ignored(
    serve: Callable[[ToyModel], int], triton: InferenceServerClient
) -> None:
    serve(toy_model())
    result = triton.infer(
        "toy",
        features(np.ones((1, 2))),
        sequence_id=7,
        sequence_start=True,
        priority=1,
        timeout=1000,
        parameters={"team": "blue"},
        response_compression_algorithm="gzip",
    )
    assert labels(result) == ["large"]
