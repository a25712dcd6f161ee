"""The loader that MLflow gets is a copy of the predictor's rules, so it is compared with them."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contract.documents import Feature
from shared.contract.layout import ARTEFACT, ONNX_MODEL
from shared.inference.feature_encoding import StringCodes
from shared.inference.text_form import TEXT_FORMS, normalise_text
from tests.support.models.mixed import mixed_model
from tests.support.models.toy import ToyModel
from trainer.tracking import mlflow_loader
from trainer.tracking.mlflow_loader import MirroredModel, _Column

CITIES = Feature(
    name="city",
    type="category",
    nullable=True,
    categories=("Bonn", "Köln", "a b", "oslo"),
    missing_values=("NA", "?"),
    text_form="lower",
)
TEXTS = st.sampled_from(
    ["Bonn", "bonn ", "BONN", "Ko\u0308ln", "a\u00a0 b", "OSLO", "", " ", "NA", "na", "?", "é"]
)


def encode(column: _Column, value: object) -> float:
    return float(column.encode([value])[0])


@given(st.one_of(TEXTS, st.text(max_size=20)))
def test_strings_have_the_codes_of_the_predictor(text: str) -> None:
    column = _Column(CITIES.model_dump(), [])
    np.testing.assert_equal(encode(column, text), StringCodes(CITIES)[text])


@given(st.text())
def test_the_normal_form_is_that_of_the_predictor(text: str) -> None:
    assert mlflow_loader.normalise_text(text) == normalise_text(text)


def test_the_forms_of_a_string_are_those_of_the_predictor() -> None:
    assert dict(TEXT_FORMS) == mlflow_loader._FORMS


@pytest.fixture
def loaded(tmp_path: Path) -> MirroredModel:
    model: ToyModel = mixed_model()
    for name in (ARTEFACT, ONNX_MODEL):
        (tmp_path / name).write_bytes(model.files[name])
    assert json.loads(model.files[ARTEFACT])["model"]["name"] == ONNX_MODEL
    return MirroredModel(tmp_path / ARTEFACT)


ROW = {"age": 22.0, "fare": 71.0, "member": True, "colour": "green", "town": "Oslo"}


def test_a_missing_column_is_a_missing_value(loaded: MirroredModel) -> None:
    without = pd.DataFrame([{key: value for key, value in ROW.items() if key != "town"}])
    empty = pd.DataFrame([{**ROW, "town": None}])
    assert loaded.predict(without).to_dict() == loaded.predict(empty).to_dict()


@pytest.mark.parametrize("value", [None, math.nan, pd.NA, "", " "])
def test_a_value_that_must_not_be_missing_is_named(loaded: MirroredModel, value: object) -> None:
    with pytest.raises(ValueError, match="A value of 'age' is missing"):
        loaded.predict(pd.DataFrame([{**ROW, "age": value}]))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("age", "old"),
        ("age", True),
        ("age", math.inf),
        ("age", -1e39),
        ("member", 1.0),
        ("colour", 3),
    ],
)
def test_a_value_of_another_kind_is_named(loaded: MirroredModel, name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"A value of '{name}' is .*; expected a "):
        loaded.predict(pd.DataFrame([{**ROW, name: value}], dtype=object))


def test_no_rows_have_no_answers(loaded: MirroredModel) -> None:
    assert loaded.predict(pd.DataFrame([ROW])[:0]).empty
