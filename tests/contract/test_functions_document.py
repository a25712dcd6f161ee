"""Each example of docs/functions.md converts, or is refused, as the document says."""

import io
import math
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline

from shared.contract.documents import Feature
from tests.support.models.recorded import UNSEEN, fitted_values, served_values
from tests.support.project import ROOT
from tests.support.sweep import sweep
from trainer.console import Console
from trainer.conversion.expressions.refusal import RECIPE, TABLE, UnrecordedError
from trainer.dataset.dataset import DataSchema
from trainer.dataset.split import Split, Splits
from trainer.export.export import export_candidate
from trainer.fitting.candidate_search import fit_candidates
from trainer.fitting.trial import TrialContext

TEXT = (ROOT / "docs" / "functions.md").read_text()
CONVERTS, _, REFUSED = TEXT.partition("## Operations that do not convert")
LINES = [
    (
        re.findall(r"`([^`]+)`", line),
        "of an array" in line[:13] and not re.search(r"\.values|to_numpy", line),
    )
    for line in re.findall(r"^\| [a-z].* \|$", CONVERTS, re.MULTILINE)
]
EXAMPLES = {code: (code, of_array) for codes, of_array in LINES for code in codes}
DAILY = [codes[0] for codes, _ in LINES if codes]
"""The first example of each line."""
REFUSALS = re.findall(r"^\| `([^`]+)` \| (`.+?`+|`[^`]+`) \|", REFUSED, re.MULTILINE)
ROWS = 300
NUMBERS = (0, 1, -1, 0.5, 2.5, -2.5, 1e-9, 1000, 1e5, 10, 3.3, -7.7, 1e15, 709, -709, np.nan, 3)
NAMES = {"np": np, "pd": pd, "math": math, "date": date}


PROGRAM, DAYS, PARTS, TARGET = re.findall(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


def table() -> pd.DataFrame:
    random = np.random.default_rng(0)
    cities = random.choice(["Wien", "Graz", "St. Pölten", "", UNSEEN], ROWS)
    return pd.DataFrame(
        {
            "a": np.where(random.random(ROWS) < 0.5, random.choice(NUMBERS, ROWS), 7.0),
            "b": np.where(random.random(ROWS) < 0.5, random.normal(0, 50, ROWS), 0.0),
            "city": pd.Series(cities, dtype=object),
            "day": random.integers(-100_000, 100_000, ROWS) + random.integers(0, 96, ROWS) / 96,
        }
    )


def function_of(code: str) -> Callable[[Any], Any]:
    """Make a function of X from an expression, or from a statement that changes X."""
    is_statement = re.search(r"\] (?:=|\+=) |\.insert\(", code)

    def run(X: Any) -> Any:
        names = {**NAMES, "X": X.copy() if is_statement else X}
        if is_statement:
            exec(code, names)  # noqa: S102 - an example of the document
            return names["X"]
        return eval(code, names)  # noqa: S307 - an example of the document

    return run


@pytest.mark.parametrize("example", sweep(EXAMPLES, *DAILY))
@pytest.mark.filterwarnings("ignore")
def test_an_example_is_served_as_python_computes_it(example: tuple[str, bool]) -> None:
    code, of_array = example
    function, rows = function_of(code), table()
    rows = rows[["a", "b"]] if of_array else rows

    expected = fitted_values(function, rows.to_numpy() if of_array else rows)

    found = served_values(function, rows, as_array=of_array)
    assert found.shape == expected.shape
    for value, wanted in zip(found.ravel(), expected.ravel(), strict=True):
        if isinstance(wanted, str):
            assert value == wanted
        else:
            assert value == pytest.approx(wanted, rel=1e-14, abs=1e-15, nan_ok=True)


@pytest.mark.parametrize(("code", "message"), REFUSALS)
def test_what_is_not_recorded_is_refused_by_its_name(
    code: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cities.csv").write_text("city,size\nWien,1.9\n")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(UnrecordedError) as refusal:
        served_values(function_of(code), table(), as_array=False)

    assert message.replace("`", "").strip() in str(refusal.value).replace("`", "")


def test_the_parts_of_a_date_are_those_of_the_table() -> None:
    listed = pd.Series(["2024-02-29", "1999-12-31", "2024-03-02", "1969-07-20"])
    names: dict[str, Any] = {**NAMES, "table": pd.DataFrame({"listed": listed})}
    exec(DAYS, names)  # noqa: S102 - the program of the document
    exec(PARTS, names)  # noqa: S102 - as above

    found = served_values(names["date_parts"], names["table"].astype(float), as_array=False)

    assert found.tolist() == [[2.0, 0.0], [12.0, 0.0], [3.0, 1.0], [7.0, 1.0]]


@pytest.mark.usefixtures("_few_generated_rows")
def test_the_program_and_its_target_are_served_as_fitted() -> None:
    random = np.random.default_rng(0)
    rows = np.column_stack(
        [random.uniform(1, 900, 400), random.uniform(20, 90, 400), random.integers(0, 3, 400)]
    )
    numbers = [Feature(name=name, type="number") for name in ("price", "area")]
    city = Feature(name="city", type="category", categories=("Graz", "Wien", "wien"))
    target = (rows[:, 0] / rows[:, 1] > 8).astype(np.int64)
    names: dict[str, Any] = {
        "Ridge": Ridge,
        "TransformedTargetRegressor": TransformedTargetRegressor,
    }
    exec(PROGRAM, names)  # noqa: S102 - the program of the document
    own = names["CANDIDATES"]["own"]
    regressor = make_pipeline(*own[:-1], eval(TARGET, names))  # noqa: S307 - as above
    for classes, estimator in ((("cheap", "dear"), own), ((), regressor)):
        schema = DataSchema(
            "classification" if classes else "regression", (*numbers, city), classes
        )
        truth = target if classes else rows[:, 0] / rows[:, 1]
        parts = (slice(0, 240), slice(240, 320), slice(320, 400))
        splits = Splits(*(Split(rows[part].copy(), truth[part]) for part in parts))
        context = TrialContext(splits, schema, "accuracy" if classes else "r2", 42)
        (trial,) = fit_candidates({"own": estimator}, context, Console(io.StringIO()))
        assert trial.fitted is not None, trial.result.error
        assert export_candidate(trial.fitted, schema, splits, allow_joblib=False).parity


def test_the_tables_have_many_examples() -> None:
    assert len(EXAMPLES) >= 90
    assert len(REFUSALS) >= 12


@pytest.mark.parametrize("address", [TABLE, RECIPE])
def test_the_addresses_in_messages_are_sections(address: str) -> None:
    path, _, section = address.partition("#")
    titles = re.findall(r"^#+ (.*)$", (ROOT / path).read_text(), re.MULTILINE)
    assert section in [title.lower().replace(" ", "-") for title in titles]
