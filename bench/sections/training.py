"""Measure the time that the trainer adds to the fits."""

import shutil
import sys
import time
from pathlib import Path
from statistics import median

import numpy as np
from sklearn.datasets import make_classification

from bench.context import BenchContext
from bench.harness.processes import environment, run
from bench.harness.rounds import measure_in_rounds
from bench.report.results import Section, Table, ratio_by_round

_FEATURES = 30


def measure(bench: BenchContext) -> Section:
    """Compare the trainer, without waiting for a decision, to a script with the same fits."""
    data = write_data(bench.workspace / "training.csv", bench.plan.training_rows, _FEATURES)
    store = bench.workspace / "training-store"

    def run_trainer() -> float:
        env = environment(
            STORE_DIR=store, TRAINER_DATASET=data, TRAINER_TARGET="target", TRAINER_WAIT_SECONDS=0
        )
        started = time.perf_counter()
        # Without a gatekeeper, the trainer exits with status 4.
        run([sys.executable, "-m", "trainer"], env=env, accept=(0, 4))
        seconds = time.perf_counter() - started
        shutil.rmtree(store)
        return seconds

    def run_script() -> float:
        started = time.perf_counter()
        script = "bench.harness.plain_training"
        run([sys.executable, "-m", script, data, bench.workspace / "plain.joblib"])
        return time.perf_counter() - started

    subjects = {"trainer": run_trainer, "plain script": run_script}
    results = measure_in_rounds(subjects, bench.plan.trainings, bench.report_progress)
    note = f"{median(results['plain script']):.1f} s of plain script"
    shown = [f"{median(results[name]):.1f}" for name in subjects]
    header = ("seconds", *subjects)
    row = (f"{bench.plan.training_rows:,} rows, {_FEATURES} features", *shown)
    return Section(
        "training",
        [Table("Training", header, [row])],
        {"trainer": ratio_by_round(results["trainer"], results["plain script"], note)},
        raw={"seconds": results},
    )


def write_data(path: Path, rows: int, features: int) -> Path:
    """Write a CSV file of two overlapping classes, with the target in the column `target`."""
    X, y = make_classification(
        n_samples=rows, n_features=features, n_informative=features // 2, flip_y=0.1, random_state=7
    )
    header = ",".join([*(f"x{index}" for index in range(features)), "target"])
    np.savetxt(path, np.column_stack([X, y]), "%.9g", ",", header=header, comments="")
    return path
