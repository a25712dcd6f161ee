"""The parts of dates are served as the fitted pipeline computes them, as docs/functions.md says."""

import io
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from shared.contract.parity import Parity, TargetScale
from shared.errors import ExportError
from tests.support.project import ROOT
from tests.support.tables.tables import number_features
from trainer.console import Console
from trainer.dataset.dataset import DataSchema
from trainer.dataset.split import Split, Splits
from trainer.export import fitted_answers
from trainer.export.export import ExportedCandidate, export_candidate
from trainer.export.generated_parity import GeneratedProof
from trainer.fitting.candidate_search import fit_candidates
from trainer.fitting.pipeline_servable import PipelineServable
from trainer.fitting.trial import TrialContext

pytestmark = pytest.mark.filterwarnings("ignore")
TEXT = (ROOT / "docs" / "functions.md").read_text()
DATES = [code for code in re.findall(r"`([^`\n]+)`", TEXT) if ".dt." in code]
(PARTS,) = re.findall(r"^(def date_parts.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
SCHEMA = DataSchema("regression", number_features(["day", "size"]), ())
RANDOM = np.random.default_rng(3)
DAYS = RANDOM.integers(18_000, 20_000, 400).astype(float)
ROWS = np.column_stack([DAYS, RANDOM.normal(0, 1, 400)])
TARGET = ROWS[:, 1] + pd.to_datetime(pd.Series(DAYS), unit="D").dt.month.to_numpy()


@pytest.fixture(autouse=True)
def _generate_few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitted_answers, "ROWS", 400)
    monkeypatch.setattr(fitted_answers, "_BATCH", 400)


def exported(function: Callable[[Any], Any], estimator: Any, rows: Any = ROWS) -> ExportedCandidate:
    parts = (slice(0, 240), slice(240, 320), slice(320, 400))
    splits = Splits(*(Split(rows[part].copy(), TARGET[part]) for part in parts))
    pipeline = make_pipeline(FunctionTransformer(function), estimator)
    context = TrialContext(splits, SCHEMA, "r2", 42)
    (trial,) = fit_candidates({"dates": pipeline}, context, Console(io.StringIO()))
    assert trial.fitted is not None, trial.result.error
    return export_candidate(trial.fitted, SCHEMA, splits, allow_joblib=False)


def part_of(code: str) -> Callable[[Any], Any]:
    return lambda X: X.assign(day=eval(code, {"pd": pd, "X": X}))  # noqa: S307 - of the document


@pytest.mark.thorough
@pytest.mark.parametrize("estimator", [Ridge(), RandomForestRegressor(3, n_jobs=1)], ids=str)
@pytest.mark.parametrize("code", DATES)
def test_each_date_of_the_document_is_served_as_fitted(code: str, estimator: Any) -> None:
    result = exported(part_of(code), estimator)

    assert result.parity is not None
    assert (result.parity.generated_rows or 0) > 300


@pytest.mark.parametrize("fraction", [0.0, 0.25])
def test_the_function_of_the_document_is_served_by_a_forest(fraction: float) -> None:
    names: dict[str, Any] = {"pd": pd}
    exec(PARTS, names)  # noqa: S102 - the program of the document

    rows = ROWS + np.array([fraction, 0])
    assert exported(names["date_parts"], RandomForestRegressor(3, n_jobs=1), rows).parity


def test_a_day_of_which_pandas_makes_no_date_gets_no_answer() -> None:
    result = exported(part_of(DATES[0]), Ridge())

    days = [19_000, 110_057, 110_057.5, 10_996_421.745, -8.2e-249, 1e9]
    answers = result.servable.predict(np.column_stack([days, np.zeros(6)]))

    assert np.isfinite(answers.values).tolist() == [True, True, False, False, True, False]


def by_town(table: Any) -> Any:
    return table.groupby("size")[["day"]].transform("mean")


def test_a_mean_of_all_rows_gets_no_hint_of_a_pickle() -> None:
    with pytest.raises(ExportError) as refusal:
        exported(by_town, Ridge())

    text = str(refusal.value)
    assert "`groupby` over all rows (line " in text
    assert 'table.groupby("size")' in text
    assert "ALLOW_JOBLIB" not in text


def test_a_failed_proof_shows_both_answers_and_how_to_limit_numbers() -> None:
    scale = TargetScale(mean=0.0, deviation=2.0)
    pipeline = make_pipeline(FunctionTransformer(np.abs), Ridge()).fit(ROWS, TARGET)
    proof = GeneratedProof(PipelineServable(pipeline, SCHEMA), ROWS, scale)
    servable: Any = PipelineServable(Doubled(pipeline), SCHEMA)
    parity = Parity(rows=1, labels_equal=True, max_probability_difference=None)

    with pytest.raises(ExportError) as refusal:
        proof.extend(parity, servable)

    text = str(refusal.value)
    assert "of the target's standard deviation, 2, on the generated row {'day': " in text
    assert re.search(r"the fitted pipeline answers (\S+), the ONNX model (\S+) there", text)
    assert ".clip(" in text


class Doubled:
    """Answers twice the number of a pipeline."""

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline

    def predict(self, rows: Any) -> Any:
        return 2 * self._pipeline.predict(rows)
