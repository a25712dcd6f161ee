"""An error in the user's code names the file and the line, also if a library raises it."""

from pathlib import Path

import pytest
from sklearn.preprocessing import StandardScaler

from tests.support.tables.tables import two_blobs
from trainer.candidates.candidate_table import Candidate, load_candidates
from trainer.candidates.estimator_text import describe_error
from trainer.candidates.own_line import find_own_line
from trainer.dataset.split import split_dataset
from trainer.fitting.trial import TrialContext, run_trial

MODULE = """
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

def add_power(table):
    table = table.copy()
    table["power"] = table["Leistung"] * 2
    return table

TABLE = {"typo": make_pipeline(FunctionTransformer(add_power), LogisticRegression())}
"""


def test_a_typo_in_a_function_is_found_below_the_frames_of_pandas(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "own_power.py").write_text(MODULE)
    estimator = load_candidates("own_power:TABLE")["typo"]
    data = two_blobs()
    context = TrialContext(split_dataset(data, ""), data.schema, "accuracy", 42)

    trial = run_trial(Candidate("typo", estimator), {}, context)

    assert trial.result.error == "KeyError: 'Leistung' (own_power.py, line 8)"


def test_an_error_of_a_library_only_has_no_line_of_the_user() -> None:
    with pytest.raises(ValueError, match="could not convert") as caught:
        StandardScaler().fit([["a"]])
    assert find_own_line(caught.value.with_traceback(caught.tb.tb_next)) == ""


def test_an_error_without_a_traceback_has_no_line() -> None:
    assert describe_error(ValueError("no")) == "ValueError: no"


def test_a_long_message_keeps_the_line() -> None:
    with pytest.raises(ValueError, match="x") as caught:
        raise ValueError("x" * 1000)
    assert describe_error(caught.value).endswith(")")
    assert "(test_own_line.py, line " in describe_error(caught.value)
