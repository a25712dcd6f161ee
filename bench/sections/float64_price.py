"""Measure what float64 costs estimators that always read it, although their columns fit float32.

The float32 model of each is made for this table only: it gives other labels near the boundary.
"""

from functools import partial
from statistics import median
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.datasets import load_breast_cancer
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from bench.context import BenchContext
from bench.harness.rounds import measure_in_rounds
from bench.load.payloads import sample_rows
from bench.report.results import Table, ratio_by_round
from bench.sections.model_calls import time_servable
from shared.contract.documents import (
    JSON_MEDIA_TYPE,
    ONNX_MEDIA_TYPE,
    Artefact,
    Descriptor,
    Feature,
)
from shared.contract.layout import GOLDEN, ONNX_MODEL
from shared.inference.onnx_servable import OnnxServable
from trainer.conversion.to_onnx import Precision, to_onnx
from trainer.dataset.dataset import DataSchema

_SIZES = (1, 1000)
_PRECISIONS = {"float32": Precision.NARROW, "float64": Precision.WIDE}
ESTIMATORS: dict[str, BaseEstimator] = {
    "scaled LogisticRegression": make_pipeline(StandardScaler(), LogisticRegression()),
    "LinearDiscriminantAnalysis": LinearDiscriminantAnalysis(),
    "GaussianNB": GaussianNB(),
    "scaled MLPClassifier": make_pipeline(
        StandardScaler(), MLPClassifier(max_iter=1000, random_state=0)
    ),
    "scaled SVC": make_pipeline(StandardScaler(), SVC()),
}


def measure_price(bench: BenchContext) -> tuple[Table, dict[str, list[float]]]:
    """Time both models of each estimator in the same rounds; return a table, and milliseconds."""
    servables = {name: convert_both(estimator) for name, estimator in ESTIMATORS.items()}
    results = measure_in_rounds(
        {
            f"{name}, {size} rows, {type_}": partial(
                time_servable, bench, servable, sample_rows(size)
            )
            for name, both in servables.items()
            for type_, servable in both.items()
            for size in _SIZES
        },
        bench.plan.rounds,
        bench.report_progress,
    )
    rows = []
    for name in ESTIMATORS:
        for size in _SIZES:
            narrow, wide = (results[f"{name}, {size} rows, {type_}"] for type_ in _PRECISIONS)
            label = f"{name}, {size:,} row{'s' if size > 1 else ''}: µs"
            figures = (f"{1000 * median(each):.3g}" for each in (narrow, wide))
            rows.append((label, *figures, f"{ratio_by_round(wide, narrow).value:.2f}"))
    header = ("only the model call", *_PRECISIONS, "float64 ÷ float32")
    return Table("Other estimators, which always read float64", header, rows), results


def convert_both(estimator: Any) -> dict[str, OnnxServable]:
    """Fit on numbers that float32 holds, and convert to both types."""
    data = load_breast_cancer()
    rows = data.data.astype(np.float32).astype(np.float64)
    features = tuple(Feature(name=str(name), type="number") for name in data.feature_names)
    schema = DataSchema("classification", features, tuple(map(str, data.target_names)))
    estimator.fit(rows, data.target)
    has_probabilities = hasattr(estimator, "predict_proba")
    found = {}
    for type_, precision in _PRECISIONS.items():
        model = to_onnx(estimator, schema, precision, has_probabilities=has_probabilities)
        artefact = Artefact(
            task=schema.task,
            features=features,
            classes=schema.classes,
            has_probabilities=has_probabilities,
            number_type=precision.number_type,
            model=Descriptor.describe(ONNX_MODEL, ONNX_MEDIA_TYPE, model),
            golden=Descriptor.describe(GOLDEN, JSON_MEDIA_TYPE, b""),
        )
        found[type_] = OnnxServable(model, artefact)
    return found
