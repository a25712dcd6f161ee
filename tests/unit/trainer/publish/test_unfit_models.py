"""A model that cannot be served ends in one sentence, and nothing is published."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto

from shared.errors import DatasetError
from shared.store.store import ModelStore
from tests.support.models import outside, unfit
from tests.support.models.outside import network, softmax
from tests.support.stores.brought import Table, bring
from tests.support.sweep import sweep
from trainer.brought_models.bare.unfit_model import UnfitModelError
from trainer.brought_models.model_process import ModelLimits

THREE = outside.numbers_table(60, "three")
TWO = outside.numbers_table(60, "two")
VALUES = outside.numbers_table(60, "value")
WORDS = {**THREE, "b": np.array(["red", "blue"], dtype=object)[(THREE["b"] > 0).astype(int)]}
GAPS = {**THREE, "b": np.where(THREE["b"] > 2, np.nan, THREE["b"])}
WHOLE = {**GAPS, **{name: THREE[name] * 8 for name in "acd"}, "b": GAPS["b"] * 8}
FOUR = {**THREE, "y": np.where(THREE["a"] > 2, "oak", THREE["y"])}
FLOAT, INT = TensorProto.FLOAT, TensorProto.INT64


SHORT, SMALL = ModelLimits(seconds=1), ModelLimits(memory_mib=256)


def cut_off() -> bytes:
    return bytes(softmax().SerializeToString())[:200]


Made = Callable[[], onnx.ModelProto | bytes]
MODELS: dict[str, tuple[Made, Table, str, dict[str, Any]]] = {
    # The model, the holdout, a part of the sentence, and options.
    "not ONNX": (lambda: b"PK\x03\x04 a pickle", THREE, "not an ONNX model", {}),
    "cut off": (cut_off, THREE, "not an ONNX model", {}),
    "empty": (lambda: b"", THREE, "it has no bytes", {}),
    "no output": (unfit.without_output, THREE, "has no output", {}),
    "external weights": (unfit.with_external_weights, THREE, "are in another file", {}),
    "old opset": (lambda: network(opset=7), THREE, "the operator set 7", {}),
    "future opset": (lambda: network(opset=99), THREE, "has only", {}),
    "unknown operator": (lambda: unfit.with_node("Guess"), THREE, "cannot load the model", {}),
    "own domain": (
        lambda: unfit.with_node("Solve", "com.example"),
        THREE,
        "cannot load the model",
        {},
    ),
    "free columns": (lambda: softmax_of(columns="columns"), THREE, "how many columns", {}),
    "too many columns": (
        softmax,
        {name: v for name, v in THREE.items() if name != "d"},
        "has 4 columns",
        {},
    ),
    "an image": (
        lambda: unfit.with_input(FLOAT, ["rows", 2, 2]),
        THREE,
        "neither a matrix",
        {},
    ),
    "no shape": (lambda: unfit.with_input(FLOAT, None), THREE, "neither a matrix", {}),
    "half precision": (
        lambda: unfit.with_input(TensorProto.FLOAT16, ["rows", 4]),
        THREE,
        "has a type that",
        {},
    ),
    "strings for numbers": (
        lambda: unfit.with_input(TensorProto.STRING, ["rows", 4]),
        THREE,
        "takes strings",
        {},
    ),
    "numbers for strings": (softmax, WORDS, "takes numbers", {}),
    "no gaps in integers": (lambda: softmax(type_=INT), WHOLE, "has missing values", {}),
    "whole numbers": (lambda: softmax(type_=INT), THREE, "not whole", {}),
    "gaps make NaN": (softmax, GAPS, "is not finite", {}),
    "other names": (outside.by_names, THREE, "no column for the inputs", {}),
    "two outputs": (
        lambda: unfit.with_outputs("scores", "more"),
        THREE,
        "The model has the outputs",
        {},
    ),
    "a sequence": (unfit.as_sequence, THREE, "types that no prediction has", {}),
    "logits or not": (network, THREE, "may be logits or probabilities", {}),
    "no probabilities": (network, THREE, "the sum is not 1", {"output": "probabilities"}),
    "a value for classes": (
        network,
        THREE,
        "OUTPUT=value is for",
        {"output": "value"},
    ),
    "classes for a value": (network, VALUES, "has 3 numbers for each row", {"metric": "r2"}),
    "unknown class": (softmax, FOUR, "but the target has 4 classes", {}),
    "unknown label": (
        lambda: outside.labelled("ash", "birch", "yew"),
        THREE,
        "labels",
        {},
    ),
    "wrong order": (softmax, THREE, "CLASSES has 'ash', 'oak'", {"classes": ("ash", "oak")}),
    "NaN": (unfit.not_finite, THREE, "not finite", {"output": "logits"}),
    "random": (unfit.random, THREE, "in another way", {}),
    "mixed rows": (unfit.mixing_rows, THREE, "depends on the other rows", {}),
    "one answer": (unfit.one_answer, THREE, "one answer for each row", {}),
    "one fixed row": (unfit.of_fixed_shape, THREE, "a free dimension of rows", {}),
    "no end": (unfit.endless, THREE, "did not end within 1 s", {"limits": SHORT}),
    "all memory": (
        unfit.greedy,
        THREE,
        "needs more than 256 MiB",
        {"limits": SMALL},
    ),
}


def softmax_of(columns: str) -> onnx.ModelProto:
    return network(columns=columns)


@pytest.mark.parametrize("case", sweep(MODELS, "not ONNX", "free columns", "no end", "random"))
def test_an_unfit_model_ends_in_one_sentence_and_nothing_is_published(
    store: ModelStore, tmp_path: Path, case: tuple[Made, Table, str, dict[str, Any]]
) -> None:
    make, holdout, sentence, options = case
    with pytest.raises(UnfitModelError) as refused:
        bring(store, tmp_path / "in", make(), holdout, **options)
    text = str(refused.value)
    assert sentence in text
    assert "\n" not in text
    assert text.endswith((".", ")"))
    assert store.candidates.ids() == []


TABLES: dict[str, tuple[Table, Table | None, str]] = {
    "no rows": ({name: v[:0] for name, v in THREE.items()}, None, "is empty"),
    "no target": ({name: v for name, v in THREE.items() if name != "y"}, None, "TARGET=y"),
    "other columns": (THREE, {name: v for name, v in THREE.items() if name != "c"}, "lacks column"),
    "other types": (THREE, WORDS, "in FITTED_ON="),
    "one class": ({**THREE, "y": np.full(60, "ash")}, None, "has one class"),
}


@pytest.mark.parametrize("case", sweep(TABLES, "other columns"))
def test_tables_that_do_not_fit_are_named_as_the_person_named_them(
    store: ModelStore, tmp_path: Path, case: tuple[Table, Table | None, str]
) -> None:
    holdout, fitted_on, sentence = case
    with pytest.raises(DatasetError, match=sentence) as refused:
        bring(store, tmp_path / "in", softmax(), holdout, fitted_on=fitted_on)
    assert "TRAINER_DATASET" not in str(refused.value)
    assert store.candidates.ids() == []
