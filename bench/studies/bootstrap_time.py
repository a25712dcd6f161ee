"""`python -m bench.studies.bootstrap_time [ROWS …]`: seconds of 10,000 paired resamples.

It compares the gatekeeper's scoring with scikit-learn's `sample_weight`, extrapolated from a few
resamples. Both use one thread, as the gatekeeper's comparing process does.
"""

import os
import sys
import time
from typing import Any

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import numpy as np
from sklearn import metrics

from gatekeeper.statistics.paired_bootstrap import MAX_RESAMPLES, score_differences
from gatekeeper.statistics.poisson_weights import draw_blocks
from shared.inference.servable import Predictions

METRICS = (
    *(("accuracy", 2), ("f1", 2), ("f1_macro", 10), ("neg_log_loss", 2), ("d2_log_loss_score", 3)),
    *(("roc_auc", 2), ("average_precision", 2), ("roc_auc_ovr", 3), ("roc_auc_ovo", 4)),
    *(("neg_mean_absolute_error", 0), ("r2", 0), ("d2_absolute_error_score", 0)),
    *(("neg_median_absolute_error", 0), ("neg_max_error", 0)),
)
WEIGHTED: dict[str, Any] = {
    "accuracy": lambda y, p, w: metrics.accuracy_score(y, p.values, sample_weight=w),
    "f1": lambda y, p, w: metrics.f1_score(y, p.values, sample_weight=w),
    "roc_auc": lambda y, p, w: metrics.roc_auc_score(y, p.probabilities[:, 1], sample_weight=w),
    "neg_log_loss": lambda y, p, w: metrics.log_loss(y, p.probabilities, sample_weight=w),
    "r2": lambda y, p, w: metrics.r2_score(y, p.values, sample_weight=w),
}
SAMPLE_SECONDS = 2.0


def main(rows: int) -> None:
    """Print a line for each metric."""
    random = np.random.default_rng(0)
    for metric, classes in METRICS:
        truth = random.integers(0, classes, rows) if classes else random.gamma(3.0, size=rows)
        models = []
        for _ in range(2):
            if not classes:
                models.append(Predictions(truth * random.uniform(0.5, 1.5, rows), None))
                continue
            probabilities = random.uniform(size=(rows, classes))
            probabilities[np.arange(rows), truth.astype(np.int64)] += 0.5
            probabilities /= probabilities.sum(axis=1, keepdims=True)
            models.append(Predictions(probabilities.argmax(axis=1), probabilities))
        started = time.perf_counter()
        found = score_differences(metric, truth, models[0], models[1], classes=classes, seed=1)
        seconds = time.perf_counter() - started
        line = f"{rows:7} rows {metric:28} {len(found):6} resamples {seconds:6.2f} s"
        if metric in WEIGHTED:
            line += f", by sample_weight {_weighted_seconds(metric, truth, models):8.1f} s"
        sys.stdout.write(f"{line}\n")


def _weighted_seconds(metric: str, truth: Any, models: list[Predictions]) -> float:
    (weights,) = draw_blocks(len(truth), 1, np.random.SFC64(1))
    done, started = 0, time.perf_counter()
    while time.perf_counter() - started < SAMPLE_SECONDS:
        for model in models:
            WEIGHTED[metric](truth, model, weights[:, 0].astype(np.float64))
        done += 1
    return (time.perf_counter() - started) / done * MAX_RESAMPLES


if __name__ == "__main__":
    for number in sys.argv[1:] or ["100000"]:
        main(int(number))
