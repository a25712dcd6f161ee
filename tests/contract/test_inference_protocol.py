"""The Open Inference Protocol as its users speak it: tritonclient against a running predictor."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import numpy as np
import numpy.typing as npt
import pytest
from sklearn.ensemble import RandomForestClassifier
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput, InferResult
from tritonclient.utils import InferenceServerException

from shared.contract.layout import CANDIDATES, DECISIONS, MODELS, SERVING
from shared.store.store import open_for_writing
from shared.version import VERSION
from tests.support.models.served import (
    breast_cancer_model,
    breast_cancer_rows,
    logistic_regression,
    random_forest,
    toy_regressor,
)
from tests.support.processes.predictor import PredictorProcess, running_predictor
from tests.support.stores.builders import ToyModel, promote, toy_model


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PredictorProcess]:
    directory = tmp_path_factory.mktemp("protocol")
    store = open_for_writing(directory / "store", CANDIDATES, MODELS, DECISIONS, SERVING)
    with running_predictor(store, directory / "log", ALLOW_JOBLIB=True) as process:
        yield process


@pytest.fixture
def serve(predictor: PredictorProcess) -> Callable[[ToyModel], int]:
    """Put a model in production under the name toy; returns the version that serves it."""

    def serve_model(model: ToyModel) -> int:
        version = promote(predictor.store, model).version
        predictor.wait_for_workers(version, 1)
        return version

    return serve_model


@pytest.fixture
def triton(predictor: PredictorProcess) -> Iterator[InferenceServerClient]:
    with InferenceServerClient(f"127.0.0.1:{predictor.port}") as client:
        yield client


def features(
    rows: npt.NDArray[Any], datatype: str = "FP32", *, binary: bool = True, name: str = "features"
) -> list[InferInput]:
    """The input of a request."""
    dtypes = {"FP64": "f8", "FP32": "f4", "FP16": "f2", "INT64": "i8", "INT8": "i1", "UINT16": "u2"}
    tensor = InferInput(name, list(rows.shape), datatype)
    return [tensor.set_data_from_numpy(rows.astype(dtypes[datatype]), binary_data=binary)]


def outputs(*names: str, binary: bool = True) -> list[InferRequestedOutput]:
    return [InferRequestedOutput(name, binary_data=binary) for name in names]


def labels(result: InferResult) -> list[str]:
    """The labels, whether they came as JSON strings or as bytes."""
    found = result.as_numpy("label")
    assert found is not None
    return [item.decode() if isinstance(item, bytes) else item for item in found.tolist()]


@pytest.mark.parametrize("make", [logistic_regression, random_forest])
def test_every_form_of_a_request_gets_the_numbers_of_predict(
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


def test_hints_of_other_servers_are_let_pass(
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


def test_metadata_and_health(
    serve: Callable[[ToyModel], int], triton: InferenceServerClient
) -> None:
    version = serve(toy_model())
    assert triton.is_server_live()
    assert triton.is_server_ready()
    assert triton.get_server_metadata() == {
        "name": "modelgate",
        "version": VERSION,
        "extensions": ["binary_tensor_data"],
    }
    for named in ("", str(version)):
        assert triton.is_model_ready("toy", named)
        assert triton.get_model_metadata("toy", named) == {
            "name": "toy",
            "versions": [str(version)],
            "platform": "onnx_onnxv1",
            "inputs": [{"name": "features", "datatype": "FP32", "shape": [-1, 2]}],
            "outputs": [
                {"name": "label", "datatype": "BYTES", "shape": [-1]},
                {"name": "probabilities", "datatype": "FP32", "shape": [-1, 2]},
            ],
        }
    for name, named in (("tiger", ""), ("toy", str(version + 1)), ("toy", "latest")):
        assert not triton.is_model_ready(name, named)
        with pytest.raises(InferenceServerException, match=r"\[404\].* is served|\[404\].*version"):
            triton.get_model_metadata(name, named)


ROW = np.ones((1, 2))


@pytest.mark.parametrize(
    ("status", "says", "request_"),
    [
        (404, "'tiger' is served; .* 'toy', version", {"model_name": "tiger"}),
        (404, "'0' of 'toy' is not served", {"model_version": "0"}),
        (400, "called features; found 'x'", {"inputs": features(ROW, name="x")}),
        (400, "shape .rows, 2. .* found .1, 3.", {"inputs": features(np.ones((1, 3)))}),
        (400, "at least one row", {"inputs": features(np.ones((0, 2)))}),
        (
            400,
            "features.1..1. .height. .* found nan",
            {"inputs": features(np.array([[0, 0], [0, np.nan]]))},
        ),
        (400, "no output 'prediction'; it has label", {"outputs": outputs("prediction")}),
        (400, "twice", {"outputs": outputs("label", "label")}),
        (
            400,
            "classification is not supported",
            {"outputs": [InferRequestedOutput("label", class_count=2)]},
        ),
        (415, "compressed", {"request_compression_algorithm": "gzip"}),
        (415, "compressed", {"request_compression_algorithm": "deflate"}),
        (413, "PREDICTOR_MAX_BODY_BYTES", {"inputs": features(np.ones((3 << 20, 2)))}),
    ],
)
def test_a_mistake_is_an_exception_that_says_what_is_wrong(
    serve: Callable[[ToyModel], int],
    triton: InferenceServerClient,
    status: int,
    says: str,
    request_: dict[str, Any],
) -> None:
    serve(toy_model())
    with pytest.raises(InferenceServerException, match=says) as refused:
        triton.infer(**{"model_name": "toy", "inputs": features(ROW), **request_})
    assert refused.value.status() == str(status)


def test_shared_memory_is_refused_by_name(
    serve: Callable[[ToyModel], int], triton: InferenceServerClient
) -> None:
    serve(toy_model())
    tensor = InferInput("features", [1, 2], "FP32").set_shared_memory("region", 8)
    with pytest.raises(InferenceServerException, match="shared memory is not supported"):
        triton.infer("toy", [tensor])
    wanted = outputs("label")
    wanted[0].set_shared_memory("region", 8)
    with pytest.raises(InferenceServerException, match="shared_memory_region is not supported"):
        triton.infer("toy", features(ROW), outputs=wanted)


def test_without_a_model_the_server_is_live_and_says_why_it_is_not_ready(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    directory = tmp_path_factory.mktemp("empty")
    store = open_for_writing(directory / "store", CANDIDATES, MODELS, DECISIONS, SERVING)
    with (
        running_predictor(store, directory / "log") as process,
        InferenceServerClient(f"127.0.0.1:{process.port}") as triton,
        process.client() as client,
    ):
        assert triton.is_server_live()
        assert triton.get_server_metadata()["name"] == "modelgate"
        assert not triton.is_server_ready()
        assert not triton.is_model_ready("toy")
        with pytest.raises(InferenceServerException, match="none has been promoted") as refused:
            triton.infer("toy", features(ROW))
        assert refused.value.status() == "503"
        for answer in (client.get("/v2/health/ready"), client.get("/v2/models/toy")):
            assert answer.headers["retry-after"] == "1"


def test_what_the_framework_refuses_has_the_protocols_body_too(
    predictor: PredictorProcess,
) -> None:
    with predictor.client() as client:
        for answer, status in (
            (client.get("/v2/repository/index"), 404),
            (client.get("/v2/models/toy/infer"), 405),
            (client.post("/v2"), 405),
        ):
            assert answer.status_code == status
            assert answer.json().keys() == {"error"}
            assert isinstance(answer.json()["error"], str)
            assert ("allow" in answer.headers) == (status == httpx.codes.METHOD_NOT_ALLOWED)
        assert client.get("/elsewhere").json()["error"]["code"] == "not_found"
