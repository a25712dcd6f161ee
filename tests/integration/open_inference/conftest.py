"""A running predictor, and tritonclient as its users have it."""

from collections.abc import Callable, Iterator

import pytest
from tritonclient.http import InferenceServerClient

from shared.contract.layout import CANDIDATES, DECISIONS, MODELS, SERVING
from shared.store.store import open_for_writing
from tests.support.models.toy import ToyModel
from tests.support.processes.predictor import PredictorProcess, running_predictor
from tests.support.stores.builders import promote


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PredictorProcess]:
    directory = tmp_path_factory.mktemp("protocol")
    store = open_for_writing(directory / "store", CANDIDATES, MODELS, DECISIONS, SERVING)
    with running_predictor(store, directory / "log", ALLOW_JOBLIB=True) as process:
        yield process


@pytest.fixture
def serve(predictor: PredictorProcess) -> Callable[[ToyModel], int]:
    """Return a function that promotes a model called toy and returns its served version."""

    def serve_model(model: ToyModel) -> int:
        version = promote(predictor.store, model).version
        predictor.wait_for_workers(version, 1)
        return version

    return serve_model


@pytest.fixture
def triton(predictor: PredictorProcess) -> Iterator[InferenceServerClient]:
    with InferenceServerClient(f"127.0.0.1:{predictor.port}") as client:
        yield client
