"""`from trainer import publish` publishes from Python, and says in one sentence what is wrong."""

import io
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from shared.errors import (
    CandidatesError,
    DatasetError,
    ModelgateError,
    SettingsError,
    UndecidedError,
)
from shared.store.store import ModelStore
from tests.support.models import outside, pipelines
from tests.support.stores.gatekeeper_thread import gatekeeper_thread
from trainer import publish
from trainer.publish.frames import write_frame

HOLDOUT, TRAIN = pipelines.words_table(200), pipelines.words_table(300, seed=8)
FRAME, SEEN = pd.DataFrame(HOLDOUT), pd.DataFrame(TRAIN)
FITTED = LogisticRegression().fit(SEEN.drop(columns="y"), SEEN["y"])
LOCKED = LogisticRegression().fit(SEEN.drop(columns="y"), SEEN["y"])
LOCKED.lock = threading.Lock()
KNOWN: dict[str, Any] = {"target": "y", "metric": "accuracy"}


def test_a_pipeline_is_published_judged_and_shown(store: ModelStore) -> None:
    root, shown = store.layout.root, io.StringIO()
    with gatekeeper_thread(root, METRIC="accuracy", GATEKEEPER_FLOOR=0.3):
        found = publish(
            FITTED, holdout=FRAME, fitted_on=SEEN, store=root, name="<b>", progress=shown, **KNOWN
        )
        again = publish(FITTED, holdout=FRAME, fitted_on=FRAME, store=root, **KNOWN)
    assert (found.outcome, found.version) == ("promoted", 1)
    expected = float((FITTED.predict(FRAME.drop(columns="y")) == FRAME["y"]).mean())
    assert found.scores["challenger"] == pytest.approx(expected)
    assert all(check.passed for check in found.checks)
    assert repr(found).startswith("<<b>: promoted to v1 by decision 1; challenger ")
    page = found._repr_html_()
    assert "&lt;b&gt;: promoted to v1" in page
    assert "<b>:" not in page
    assert all(check.name in page for check in found.checks)
    assert "Holdout: holdout, 200 rows" in found.lines
    assert shown.getvalue().splitlines() == [*found.lines]

    assert (again.outcome, again.version) == ("refused", None)
    assert again.decision.model_name == "LogisticRegression"
    assert "<p>holdout-unseen: " in again._repr_html_()


TABLES: dict[str, Callable[[], Any]] = {
    "pandas": lambda: FRAME,
    "pandas with an index": lambda: FRAME.set_index(np.arange(len(FRAME)) * 3),
    "categories": lambda: FRAME.astype({"y": "category"}),
    "Arrow": lambda: pa.table(HOLDOUT),
    "an Arrow stream": lambda: pa.table(HOLDOUT).to_reader(),
}


@pytest.mark.parametrize("make", TABLES.values(), ids=TABLES)
def test_tables_of_several_libraries_give_the_same_rows(
    store: ModelStore, make: Callable[[], Any]
) -> None:
    with pytest.raises(UndecidedError, match="no gatekeeper decided"):
        publish(FITTED, holdout=make(), store=store.layout.root, wait_seconds=0, **KNOWN)
    (candidate,) = store.candidates.ids()
    data = store.candidates.manifest(candidate).data
    assert data.rows == len(FRAME)
    assert data.source.startswith("holdout, a ")


def test_strings_of_polars_and_of_pandas_are_one_table(store: ModelStore) -> None:
    """Polars gives its strings as views."""
    table = pa.table({**HOLDOUT, "town": np.where(FRAME["a"] > 0, "Graz", "Wien").tolist()})
    views = [pa.string_view() if each == pa.string() else each for each in table.schema.types]
    polars = table.cast(pa.schema(zip(table.schema.names, views, strict=True)))
    seen = SEEN.assign(town=np.where(SEEN["a"] > 0, "Graz", "Linz"))
    steps = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["town"]), remainder="passthrough"
    )
    fitted = make_pipeline(steps, LogisticRegression()).fit(seen.drop(columns="y"), seen["y"])
    root = store.layout.root
    with pytest.raises(UndecidedError):
        publish(fitted, holdout=polars, fitted_on=seen, store=root, wait_seconds=0, **KNOWN)


def test_names_that_are_numbers_are_taken_as_strings(store: ModelStore) -> None:
    numbered = FRAME.set_axis([*range(len(FRAME.columns))], axis=1)
    fitted = LogisticRegression().fit(numbered[[0, 1, 2]].to_numpy(), FRAME["y"])
    known = {**KNOWN, "target": 4, "name": 7, "drop": [np.int64(3)]}
    with pytest.raises(UndecidedError):
        publish(fitted, holdout=numbered, store=store.layout.root, wait_seconds=0, **known)


def test_a_reader_of_the_progress_may_go_away(store: ModelStore) -> None:
    closed = io.StringIO()
    closed.close()
    options = {**KNOWN, "store": store.layout.root, "wait_seconds": 0, "progress": closed}
    with pytest.raises(UndecidedError):
        publish(FITTED, holdout=FRAME, **options)


def test_a_graph_in_memory_is_published(store: ModelStore) -> None:
    table, root = pd.DataFrame(outside.numbers_table(60, "three")), store.layout.root
    model: onnx.ModelProto = outside.softmax()
    for each in (model, model.SerializeToString()):
        with pytest.raises(UndecidedError):
            publish(each, holdout=table, store=root, wait_seconds=0, **KNOWN)
    assert len(store.candidates.ids()) == 2


WRONG: dict[str, tuple[Any, dict[str, Any], type[ModelgateError], str]] = {
    # The model, other arguments, the error, and a part of the sentence.
    "no model": ({"w": 1}, {}, CandidatesError, "of the type builtins.dict"),
    "not fitted": (LogisticRegression(), {}, CandidatesError, "is not fitted"),
    "not to be copied": (LOCKED, {}, CandidatesError, "cannot be copied"),
    "unknown output": (FITTED, {"output": "shares"}, SettingsError, "output='shares' is unknown"),
    "a long name": ("x" * 300, {}, CandidatesError, "cannot be read: File name too long"),
    "no file": ("nothing.onnx", {}, CandidatesError, "MODEL=nothing.onnx cannot be read"),
    "a list": (FITTED, {"holdout": [1, 2]}, DatasetError, "holdout is an object of the type"),
    "mixed types": (
        FITTED,
        {"holdout": FRAME.astype(object).assign(a=[1, "x"] * 100)},
        DatasetError,
        "holdout cannot be written as a table",
    ),
    "twice": (
        FITTED,
        {"holdout": pd.concat([FRAME, FRAME[["a"]]], axis=1)},
        DatasetError,
        "holdout",
    ),
    "no target": (FITTED, {"target": "z"}, DatasetError, "TARGET=z"),
    "no rows": (FITTED, {"holdout": FRAME[:0]}, DatasetError, "^holdout is empty"),
    "fewer columns": (FITTED, {"fitted_on": SEEN.drop(columns="a")}, DatasetError, "^fitted_on la"),
    "unknown argument": (FITTED, {"holdut": FRAME}, SettingsError, "the arguments 'holdut'"),
    "unknown metric": (FITTED, {"metric": "f2"}, SettingsError, "metric=f2 is unknown"),
    "a wrong setting": (FITTED, {"wait_seconds": "soon"}, SettingsError, "wait_seconds='soon'"),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_one_error_with_the_names_of_the_call(
    store: ModelStore, case: tuple[Any, dict[str, Any], type[ModelgateError], str]
) -> None:
    model, options, kind, sentence = case
    with pytest.raises(kind, match=sentence) as refused:
        publish(model, **{"holdout": FRAME, "store": store.layout.root, **KNOWN, **options})
    assert "modelgate-" not in str(refused.value)
    assert store.candidates.ids() == []


def test_the_table_of_the_call_is_not_changed(tmp_path: Path) -> None:
    numbered = pd.DataFrame({0: [1, 2], "y": ["a", "b"]})
    path = write_frame(numbered, "holdout", tmp_path)
    assert [*numbered.columns] == [0, "y"]
    assert pd.read_parquet(path).columns.tolist() == ["0", "y"]


def test_the_import_is_cheap_and_changes_nothing() -> None:
    script = (
        "import logging, signal, sys; before = signal.getsignal(signal.SIGINT), logging.root.level;"
        "from trainer import publish; assert callable(publish);"
        "assert before == (signal.getsignal(signal.SIGINT), logging.root.level);"
        "assert not logging.root.handlers;"
        "print({'numpy', 'pandas', 'sklearn', 'onnx', 'pydantic'} & {*sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
