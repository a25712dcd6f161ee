"""Every path of a request gives scikit-learn's own prediction."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import Pipeline

from predictor.lifecycle import event_loop_budget
from shared.contract.documents import Feature
from shared.contract.layout import CANDIDATES, DECISIONS, MODELS, SERVING
from shared.inference.dataframe import to_frame
from shared.store.store import open_for_writing
from tests.support.http.infer_requests import (
    JSON_LENGTH,
    Asked,
    columns_in_binary,
    columns_in_json,
    in_binary,
    in_json,
)
from tests.support.http.raw_client import Wire, request, running_wire
from tests.support.models.mixed import FEATURES, mixed_model, mixed_pipeline, mixed_rows, written
from tests.support.models.served import (
    breast_cancer_model,
    breast_cancer_pipeline,
    breast_cancer_rows,
)
from tests.support.models.toy import ToyModel, numbers_called
from tests.support.stores.builders import promote

Numbers = npt.NDArray[np.float64]
TOLERANCE = 1e-5
INFER = "/v2/models/toy/infer"


@dataclass(frozen=True)
class Case:
    """A served model, and rows for requests."""

    pipeline: Pipeline
    model: Callable[[bool], ToyModel]
    """As ONNX, or as joblib."""
    features: Sequence[Feature]
    classes: Sequence[str]
    rows: Numbers

    def written(self) -> list[list[Any]]:
        """Return the rows as JSON values."""
        return [
            [written(*pair) for pair in zip(self.features, row, strict=True)]
            for row in self.rows.tolist()
        ]


@dataclass(frozen=True)
class Answers:
    """The predictions for rows: labels or a regressor's numbers, and probabilities."""

    values: list[Any]
    probabilities: Numbers | None


def expected(case: Case) -> Answers:
    frame = to_frame(case.rows, case.features)
    values = case.pipeline.predict(frame)
    if not case.classes:
        return Answers(values.tolist(), None)
    labels = [case.classes[value] for value in values]
    return Answers(labels, case.pipeline.predict_proba(frame))


def of_numbers(estimator: object) -> Case:
    data = load_breast_cancer()
    return Case(
        pipeline=breast_cancer_pipeline(estimator),
        model=lambda is_joblib: breast_cancer_model(estimator, is_joblib=is_joblib),
        features=numbers_called([str(name) for name in data.feature_names]),
        classes=[] if isinstance(estimator, LinearRegression) else data.target_names.tolist(),
        rows=breast_cancer_rows(40),
    )


def of_all_kinds(*, is_regressor: bool) -> Case:
    model = mixed_model(is_regressor=is_regressor)
    return Case(
        pipeline=mixed_pipeline(is_regressor=is_regressor),
        model=lambda is_joblib: mixed_model(is_regressor=is_regressor, is_joblib=is_joblib),
        features=FEATURES,
        classes=model.artefact.classes,
        rows=mixed_rows(40),
    )


CASES: dict[str, Callable[[], Case]] = {
    "logistic": lambda: of_numbers(LogisticRegression(max_iter=500)),
    "forest": lambda: of_numbers(RandomForestClassifier(20, random_state=0)),
    "regressor": lambda: of_numbers(LinearRegression()),
    "mixed": lambda: of_all_kinds(is_regressor=False),
    "mixed regressor": lambda: of_all_kinds(is_regressor=True),
}


def predicted(wire: Wire, bodies: list[bytes]) -> Answers:
    """Send one row in each body, all at once."""
    answers = [json.loads(answer.body) for answer in wire.exchange(b"".join(map(request, bodies)))]
    if "label" not in answers[0]:
        return Answers([answer["prediction"] for answer in answers], None)
    probabilities = [list(answer["probabilities"].values()) for answer in answers]
    return Answers([answer["label"] for answer in answers], np.array(probabilities))


def by_list(wire: Wire, case: Case) -> Answers:
    return predicted(wire, [json.dumps({"features": row}).encode() for row in case.written()])


def by_names(wire: Wire, case: Case) -> Answers:
    names = [feature.name for feature in case.features]
    named = [dict(zip(names, row, strict=True)) for row in case.written()]
    given = [{name: value for name, value in row.items() if value is not None} for row in named]
    return predicted(wire, [json.dumps({"features": row}).encode() for row in given])


def by_batch(wire: Wire, case: Case, times: int = 1) -> Answers:
    (answer,) = wire.exchange(request(json.dumps({"instances": case.written() * times}).encode()))
    content = json.loads(answer.body)
    if "labels" not in content:
        return Answers(content["predictions"], None)
    return Answers(content["labels"], np.array(content["probabilities"]))


def by_large_batch(wire: Wire, case: Case) -> Answers:
    found, count = by_batch(wire, case, times=100), len(case.rows)
    assert found.values == found.values[:count] * 100
    if found.probabilities is None:
        return Answers(found.values[:count], None)
    assert np.array_equal(found.probabilities, np.tile(found.probabilities[:count], (100, 1)))
    return Answers(found.values[:count], found.probabilities[:count])


def inferred(wire: Wire, asked: Asked) -> Answers:
    headers = {JSON_LENGTH: asked.header} if asked.header else {}
    (answer,) = wire.exchange(request(asked.body, path=INFER, **headers))
    outputs = {output["name"]: output["data"] for output in json.loads(answer.body)["outputs"]}
    if "label" not in outputs:
        return Answers(outputs["prediction"], None)
    labels = outputs["label"]
    return Answers(labels, np.array(outputs["probabilities"]).reshape(len(labels), -1))


def by_v2_json(wire: Wire, case: Case) -> Answers:
    if case.features is FEATURES:
        return inferred(wire, columns_in_json(case.rows, FEATURES))
    return inferred(wire, in_json(case.rows, "FP64"))


def by_v2_binary(wire: Wire, case: Case) -> Answers:
    if case.features is FEATURES:
        return inferred(wire, columns_in_binary(case.rows, FEATURES))
    return inferred(wire, in_binary(case.rows, "FP64"))


@pytest.fixture(scope="module", params=["onnx", "joblib"])
def kind(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]()


@pytest.fixture(scope="module", params=["fast", "fast path off", "worker thread"])
def wire(
    request: pytest.FixtureRequest,
    case: Case,
    kind: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Wire]:
    directory = tmp_path_factory.mktemp("parity") / "store"
    store = open_for_writing(directory, CANDIDATES, MODELS, DECISIONS, SERVING)
    promote(store, case.model(kind == "joblib"))
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "worker thread":
            patch.setattr(event_loop_budget, "MAX_LOOP_CALL_SECONDS", 0.0)
        with running_wire(store, is_fast=request.param != "fast path off") as running:
            yield running


@pytest.mark.thorough
@pytest.mark.parametrize(
    "ask", [by_list, by_names, by_batch, by_large_batch, by_v2_json, by_v2_binary]
)
def test_every_path_gives_scikit_learns_own_answer(
    wire: Wire, case: Case, ask: Callable[[Wire, Case], Answers]
) -> None:
    wanted, found = expected(case), ask(wire, case)
    if wanted.probabilities is None or found.probabilities is None:
        assert found.values == pytest.approx(wanted.values, rel=TOLERANCE, abs=TOLERANCE)
        assert wanted.probabilities is found.probabilities
    else:
        assert found.values == wanted.values
        assert np.abs(found.probabilities - wanted.probabilities).max() <= TOLERANCE
