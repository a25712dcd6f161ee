"""Each row of a scored table is what `POST /predict` answers for it, also if it is refused."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from predictor.app import create_app
from predictor.settings import PredictorSettings
from shared.contract.documents import Feature
from shared.contract.layout import JOBLIB_MODEL
from shared.settings import CommonSettings
from shared.store.store import ModelStore
from tests.integration.scoring.scored_tables import (
    as_json,
    rows_of,
    score,
    strange_rows,
    write_table,
)
from tests.support.http.asgi import AppClient, running_app
from tests.support.models import mixed
from tests.support.models.served import toy_regressor
from tests.support.models.toy import ToyModel, toy_model
from tests.support.stores.builders import promote
from tests.support.sweep import sweep

_FEW, _MANY = 300, 10_000
MODELS = {
    "mixed": mixed.mixed_model,
    "mixed regressor": lambda: mixed.mixed_model(is_regressor=True),
    "pickle": lambda: mixed.mixed_model(is_joblib=True),
    "numbers": toy_model,
    "regressor": toy_regressor,
}


def answer_of(client: AppClient, row: dict[str, Any]) -> dict[str, Any]:
    """Ask `POST /predict`, and return its answer as the columns of a scored table."""
    response = client.post("/predict", content=as_json(row))
    answer = response.json()
    if response.status_code != 200:
        assert response.status_code == 422, answer
        error = answer["error"]
        return {"refusal": error["code"], "refusal reason": error["message"]}
    found = {"prediction": answer["prediction"]}
    if "label" in answer:
        found["predicted label"] = answer["label"]
    probabilities = answer.get("probabilities", {})
    return found | {f"probability {name}": value for name, value in probabilities.items()}


def has_pickle(store: ModelStore) -> bool:
    """Return whether the model in production is a pickle."""
    registry = store.registry.read()
    assert registry is not None
    return any(file.name == JOBLIB_MODEL for file in registry.files)


def rounded(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row whose numbers are rounded: a pickle may add them in another order."""
    return {n: round(each, 9) if isinstance(each, float) else each for n, each in row.items()}


def require_equal(store: ModelStore, folder: Path, features: Sequence[Feature], rows: int) -> None:
    """Score generated rows, and compare each of them."""
    columns = strange_rows(rows, features)
    source = write_table(folder / "rows.parquet", columns)
    score(store, source, folder / "scored.parquet")
    scored = rows_of(folder / "scored.parquet")
    assert len(scored) == rows
    settings = PredictorSettings()
    common = CommonSettings(store_dir=store.layout.root, allow_joblib=True)
    refused = 0
    is_pickle = has_pickle(store)
    with running_app(create_app(settings, common)) as client:
        for number, found in enumerate(scored):
            given = {name: values[number] for name, values in columns.items()}
            added = {name: value for name, value in found.items() if name not in given}
            shown = {name: value for name, value in added.items() if value is not None}
            answer = answer_of(client, given)
            assert (rounded(shown) if is_pickle else shown) == (
                rounded(answer) if is_pickle else answer
            ), given
            refused += "refusal" in shown
    assert 0 < refused < rows


@pytest.mark.parametrize("make_model", sweep(MODELS, "mixed", "regressor"))
def test_each_row_is_answered_as_a_request_would_be(
    make_model: Any, store: ModelStore, tmp_path: Path
) -> None:
    model: ToyModel = make_model()
    promote(store, model)
    require_equal(store, tmp_path, model.artefact.features, _FEW)


@pytest.mark.thorough
def test_ten_thousand_rows_are_answered_as_requests_would_be(
    store: ModelStore, tmp_path: Path
) -> None:
    promote(store, mixed.mixed_model())
    require_equal(store, tmp_path, mixed.FEATURES, _MANY)
