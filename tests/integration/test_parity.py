"""By whatever path a row is asked, scikit-learn's own answer comes back."""

import json
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from predictor import loop_budget
from shared.documents import Feature
from shared.frame import to_frame
from shared.layout import CANDIDATES, DECISIONS, MODELS, SERVING
from shared.store import open_for_writing
from tests.builders import promote
from tests.infer_requests import JSON_LENGTH, Asked, in_binary, in_json
from tests.served_models import breast_cancer_model, breast_cancer_pipeline, breast_cancer_rows
from tests.wire import Wire, request, running_wire

Numbers = npt.NDArray[np.float64]
TOLERANCE = 1e-5
ROWS = breast_cancer_rows(40)
NAMES = [str(name) for name in load_breast_cancer().feature_names]
INFER = "/v2/models/toy/infer"


def predicted(wire: Wire, bodies: list[bytes]) -> tuple[list[str], Numbers]:
    """One row in each body, all sent at once."""
    answers = [json.loads(answer.body) for answer in wire.exchange(b"".join(map(request, bodies)))]
    probabilities = [list(answer["probabilities"].values()) for answer in answers]
    return [answer["label"] for answer in answers], np.array(probabilities)


def by_list(wire: Wire) -> tuple[list[str], Numbers]:
    return predicted(wire, [json.dumps({"features": row.tolist()}).encode() for row in ROWS])


def by_names(wire: Wire) -> tuple[list[str], Numbers]:
    named = [dict(zip(NAMES, row.tolist(), strict=True)) for row in ROWS]
    return predicted(wire, [json.dumps({"features": row}).encode() for row in named])


def by_batch(wire: Wire, rows: Numbers = ROWS) -> tuple[list[str], Numbers]:
    (answer,) = wire.exchange(request(json.dumps({"instances": rows.tolist()}).encode()))
    content = json.loads(answer.body)
    return content["labels"], np.array(content["probabilities"])


def by_large_batch(wire: Wire) -> tuple[list[str], Numbers]:
    labels, probabilities = by_batch(wire, np.resize(ROWS, (2000, ROWS.shape[1])))
    assert np.array_equal(probabilities[:1960].reshape(49, 40, 2)[0], probabilities[40:80])
    return labels[: len(ROWS)], probabilities[: len(ROWS)]


def inferred(wire: Wire, asked: Asked) -> tuple[list[str], Numbers]:
    headers = {JSON_LENGTH: asked.header} if asked.header else {}
    (answer,) = wire.exchange(request(asked.body, path=INFER, **headers))
    outputs = {output["name"]: output["data"] for output in json.loads(answer.body)["outputs"]}
    return outputs["label"], np.array(outputs["probabilities"]).reshape(-1, 2)


def by_v2_json(wire: Wire) -> tuple[list[str], Numbers]:
    return inferred(wire, in_json(ROWS, "FP64"))


def by_v2_binary(wire: Wire) -> tuple[list[str], Numbers]:
    return inferred(wire, in_binary(ROWS, "FP64"))


@pytest.fixture(scope="module", params=["onnx", "joblib"])
def kind(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture(
    scope="module",
    params=[LogisticRegression(max_iter=500), RandomForestClassifier(20, random_state=0)],
    ids=["logistic", "forest"],
)
def estimator(request: pytest.FixtureRequest) -> object:
    chosen: object = request.param
    return chosen


@pytest.fixture(scope="module", params=["fast", "fast path off", "worker thread"])
def wire(
    request: pytest.FixtureRequest,
    estimator: object,
    kind: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Wire]:
    directory = tmp_path_factory.mktemp("parity") / "store"
    store = open_for_writing(directory, CANDIDATES, MODELS, DECISIONS, SERVING)
    promote(store, breast_cancer_model(estimator, is_joblib=kind == "joblib"))
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "worker thread":
            patch.setattr(loop_budget, "CALL_SECONDS", 0.0)
        with running_wire(store, is_fast=request.param != "fast path off") as running:
            yield running


@pytest.mark.parametrize(
    "ask", [by_list, by_names, by_batch, by_large_batch, by_v2_json, by_v2_binary]
)
def test_every_path_gives_scikit_learns_own_answer(
    wire: Wire, estimator: object, ask: Callable[[Wire], tuple[list[str], Numbers]]
) -> None:
    pipeline = breast_cancer_pipeline(estimator)
    frame = to_frame(ROWS, [Feature(name=name, type="number") for name in NAMES])
    classes = load_breast_cancer().target_names
    labels, probabilities = ask(wire)
    assert labels == classes[pipeline.predict(frame)].tolist()
    assert np.abs(probabilities - pipeline.predict_proba(frame)).max() <= TOLERANCE
