"""`python -m bench.studies.bootstrap_time [ROWS …]`: seconds of 10,000 paired resamples.

It compares the gatekeeper's own scoring with scikit-learn's `sample_weight`. Both use one thread,
as the gatekeeper's comparing process does. The second is extrapolated from a few resamples.
"""

import os
import sys
import time
from collections.abc import Callable
from typing import Any

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import numpy as np
from sklearn import metrics

from gatekeeper.statistics.paired_bootstrap import MAX_RESAMPLES, score_differences
from gatekeeper.statistics.poisson_weights import draw_blocks
from shared.inference.servable import Predictions

WEIGHTED_SECONDS = 2.0
"""Seconds in which resamples are scored by `sample_weight`, at least two."""
METRICS: dict[str, tuple[int, Callable[..., Any] | None]] = {
    "accuracy": (2, lambda y, p, w: metrics.accuracy_score(y, p.values, sample_weight=w)),
    "f1": (2, lambda y, p, w: metrics.f1_score(y, p.values, sample_weight=w)),
    "roc_auc": (
        2,
        lambda y, p, w: metrics.roc_auc_score(y, p.probabilities[:, 1], sample_weight=w),
    ),
    "neg_log_loss": (2, lambda y, p, w: metrics.log_loss(y, p.probabilities, sample_weight=w)),
    "r2": (0, lambda y, p, w: metrics.r2_score(y, p.values, sample_weight=w)),
    **dict.fromkeys(("average_precision",), (2, None)),
    **dict.fromkeys(("d2_log_loss_score", "roc_auc_ovr"), (3, None)),
    "roc_auc_ovo": (4, None),
    "f1_macro": (10, None),
    **dict.fromkeys(("neg_mean_absolute_error", "d2_absolute_error_score"), (0, None)),
    **dict.fromkeys(("neg_median_absolute_error", "neg_max_error"), (0, None)),
}
"""One metric of each family: its number of classes, and its function in scikit-learn."""


def main(rows: int) -> None:
    """Print the seconds of each metric."""
    random = np.random.default_rng(0)
    for metric, (classes, weighted) in METRICS.items():
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
        line = f"{rows:7} rows {metric:28} {classes:2} classes {len(found):6} resamples"
        line += f" {seconds:6.2f} s"
        if weighted is not None:
            line += f", by sample_weight {_weighted_seconds(weighted, truth, models):8.1f} s"
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


def _weighted_seconds(score: Callable[..., Any], truth: Any, models: list[Predictions]) -> float:
    """Extrapolate the seconds of all resamples when scikit-learn scores each of them."""
    (weights,) = draw_blocks(len(truth), 2, np.random.SFC64(1))
    done, started = 0, time.perf_counter()
    while done < 2 or time.perf_counter() - started < WEIGHTED_SECONDS:  # noqa: PLR2004
        for model in models:
            score(truth, model, weights[:, done % 2].astype(np.float64))
        done += 1
    return (time.perf_counter() - started) / done * MAX_RESAMPLES


if __name__ == "__main__":
    for number in sys.argv[1:] or ["100000"]:
        main(int(number))
