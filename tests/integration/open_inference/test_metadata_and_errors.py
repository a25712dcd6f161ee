"""tritonclient reads metadata and health, and each mistake raises an exception that names it."""

from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException

from shared.contract.layout import CANDIDATES, DECISIONS, MODELS, SERVING
from shared.store.store import open_for_writing
from shared.version import VERSION
from tests.integration.open_inference.tensors import features, outputs
from tests.support.models.toy import ToyModel, toy_model
from tests.support.processes.predictor import PredictorProcess, running_predictor


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
        (
            400,
            "called features, or one for each feature: .*; found 'x'",
            {"inputs": features(ROW, name="x")},
        ),
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
def test_a_wrong_request_raises_an_exception_that_names_the_mistake(
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


def test_errors_of_the_framework_have_the_protocols_body(
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
