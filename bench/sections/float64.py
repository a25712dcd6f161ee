"""Compare models that read float64 to the same models in float32: model calls and sizes."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
from sklearn.datasets import load_breast_cancer

from bench.context import BenchContext
from bench.harness.promoted_models import RF, train_and_promote
from bench.harness.rounds import measure_in_rounds
from bench.load.payloads import sample_rows
from bench.report.results import Section, Table, ratio_by_round
from bench.sections.float64_price import measure_price
from bench.sections.model_calls import read_model, time_model_call

SIZES = (1, 32, 10_000)
_NAMES = {"RF-100": RF}
_TYPES = ("float32", "float64")


def measure(bench: BenchContext) -> Section:
    """Measure a forest of both types on the same rows, in the same rounds, and then others."""
    stores = {"float32": bench.models.root, "float64": _store(bench.workspace)}
    models = {
        (label, type_): read_model(stores[type_], name)
        for label, name in _NAMES.items()
        for type_ in _TYPES
    }
    assert all(type_ == model.artefact.number_type for (_, type_), model in models.items())  # noqa: S101 - otherwise nothing is compared
    subjects = {
        f"{label}, {size} rows, {type_}": partial(time_model_call, bench, model, sample_rows(size))
        for (label, type_), model in models.items()
        for size in SIZES
    }
    results = measure_in_rounds(subjects, bench.plan.rounds, bench.report_progress)
    sizes = {f"{label}, {type_}": len(model.model) for (label, type_), model in models.items()}
    price, milliseconds = measure_price(bench)
    raw = {"milliseconds": {**results, **milliseconds}, "bytes": sizes}
    return Section("float64", [_table(results, sizes), price], raw=raw)


def _store(workspace: Path) -> Path:
    """Train RF-100 on the same data, but for one value that float32 makes equal to another.

    So the model reads float64, and is otherwise the same.
    """
    data = load_breast_cancer()
    rows = data.data.copy()
    rows[0, 0] = rows[1, 0] + 1e-9
    path = workspace / "float64.csv"
    header = ",".join([*data.feature_names, "diagnosis"])
    labelled = np.column_stack([rows, data.target])
    np.savetxt(path, labelled, ["%.17g"] * rows.shape[1] + ["%d"], ",", header=header, comments="")
    root = workspace / "float64"
    settings = {"TRAINER_DATASET": path, "TRAINER_TARGET": "diagnosis"}
    train_and_promote(root, workspace / "float64-gatekeeper.log", ["FOREST_100"], **settings)
    return root


def _table(results: Mapping[str, list[float]], sizes: Mapping[str, int]) -> Table:
    rows = []
    for label in _NAMES:
        for size in SIZES:
            name = f"{label}, {size:,} row{'s' if size > 1 else ''}: ms"
            narrow, wide = (results[f"{label}, {size} rows, {type_}"] for type_ in _TYPES)
            ratio = ratio_by_round(wide, narrow).value
            rows.append((name, f"{median(narrow):.3g}", f"{median(wide):.3g}", f"{ratio:.2f}"))
    for label in _NAMES:
        small, large = (sizes[f"{label}, {type_}"] for type_ in _TYPES)
        kilobytes = (f"{small / 1000:,.1f}", f"{large / 1000:,.1f}")
        rows.append((f"{label}, size: kB", *kilobytes, f"{large / small:.2f}"))
    header = ("only the model call", *_TYPES, "float64 ÷ float32")
    return Table("Models that read float64", header, rows)
