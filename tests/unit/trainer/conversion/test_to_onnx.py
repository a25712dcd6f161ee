"""The ONNX model answers as the pipeline does, and its bytes are always the same."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from sklearn.base import clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression, Perceptron, RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

from shared.errors import ExportError
from tests.support.project import ROOT
from tests.support.tables.tables import SCHEMA, blob_parts
from trainer.conversion.to_onnx import INPUT, TARGET_OPSET, to_onnx

PARTS = blob_parts(distance=1.0)

ESTIMATORS = {
    "logistic regression": make_pipeline(StandardScaler(), LogisticRegression()),
    "forest": RandomForestClassifier(10, random_state=0),
    "extra trees": ExtraTreesClassifier(10, random_state=0),
    "gradient boosting": GradientBoostingClassifier(n_estimators=10, random_state=0),
    "histogram boosting": HistGradientBoostingClassifier(max_iter=10, random_state=0),
    "tree": DecisionTreeClassifier(max_depth=1, random_state=0),
    "network": MLPClassifier((4,), solver="lbfgs", random_state=0),
    "naive Bayes": GaussianNB(),
    "ridge": make_pipeline(StandardScaler(), RidgeClassifier()),
    "perceptron": Perceptron(random_state=0),
    "support vectors": make_pipeline(StandardScaler(), SVC()),
    "linear support vectors": make_pipeline(StandardScaler(), LinearSVC(random_state=0)),
    "discriminant": LinearDiscriminantAnalysis(),
}


def fitted(estimator: Any) -> Any:
    return clone(estimator).fit(PARTS.train.rows, PARTS.train.target)


def converted(pipeline: Any) -> bytes:
    classes = tuple(map(str, pipeline.classes_))
    schema = replace(SCHEMA, classes=classes)
    return to_onnx(pipeline, schema, has_probabilities=hasattr(pipeline, "predict_proba"))


@pytest.mark.parametrize("estimator", ESTIMATORS.values(), ids=ESTIMATORS)
def test_a_converted_model_predicts_as_the_pipeline_does(estimator: Any) -> None:
    pipeline, rows = fitted(estimator), PARTS.holdout.rows
    session = onnxruntime.InferenceSession(converted(pipeline))

    outputs = session.run(None, {INPUT: rows.astype(np.float32)})

    assert np.array_equal(outputs[0], pipeline.predict(rows))
    if hasattr(pipeline, "predict_proba"):
        assert np.abs(outputs[1] - pipeline.predict_proba(rows)).max() < 1e-5
        assert 0.0 <= outputs[1].min() <= outputs[1].max() <= 1.0
    else:
        assert len(outputs) == 1, "scores that are no probabilities are left out"


@pytest.mark.parametrize("estimator", ESTIMATORS.values(), ids=ESTIMATORS)
def test_a_converted_model_has_the_form_that_readers_expect(estimator: Any) -> None:
    model = onnx.load_from_string(converted(fitted(estimator)))

    (rows,) = model.graph.input
    assert rows.type.tensor_type.elem_type == onnx.TensorProto.FLOAT
    assert [d.dim_value for d in rows.type.tensor_type.shape.dim] == [0, 2]
    assert model.graph.output[0].type.tensor_type.elem_type == onnx.TensorProto.INT64
    imports = [(entry.domain, entry.version) for entry in model.opset_import]
    assert imports == sorted(set(imports)), "each operator set once, in one order"
    assert all(version <= TARGET_OPSET[domain] for domain, version in imports)
    onnx.checker.check_model(model)


def test_an_estimator_without_converter_is_refused_with_the_reason() -> None:
    dummy = fitted(DummyClassifier())

    with pytest.raises(ExportError, match="does not convert to ONNX .*DummyClassifier"):
        converted(dummy)


def test_the_bytes_do_not_depend_on_what_was_converted_before() -> None:
    pipeline = fitted(GaussianNB())

    assert converted(pipeline) == converted(pipeline)


def digests() -> str:
    """Return a line for each estimator, with the digest of its model after a new fit."""
    return "\n".join(
        f"{name} {hashlib.sha256(converted(fitted(estimator))).hexdigest()}"
        for name, estimator in ESTIMATORS.items()
    )


@pytest.mark.thorough
def test_the_bytes_are_the_same_in_every_process() -> None:
    module = "tests.unit.trainer.conversion.test_to_onnx"
    command = [sys.executable, "-c", f"import {module} as m; print(m.digests())"]
    processes = [
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "2")
    ]
    outputs = [process.communicate()[0].strip() for process in processes]

    assert outputs == [digests()] * 2
