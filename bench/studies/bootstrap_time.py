"""`python -m bench.studies.bootstrap_time [ROWS]`: measure the time of the paired bootstrap.

It measures one metric of each family with one thread, as the gatekeeper's child process does.
"""

import os
import sys
import time

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import numpy as np

from gatekeeper.statistics.paired_bootstrap import score_differences
from shared.inference.servable import Predictions

METRICS = (
    *(("f1", 2), ("f1_macro", 10), ("neg_log_loss", 2), ("d2_log_loss_score", 3)),
    *(("roc_auc", 2), ("average_precision", 2), ("roc_auc_ovr", 3), ("roc_auc_ovo", 4)),
    *(("neg_mean_absolute_error", 0), ("r2", 0), ("d2_absolute_error_score", 0)),
    *(("neg_median_absolute_error", 0), ("neg_max_error", 0)),
)


def main(rows: int) -> None:
    """Print the seconds of each metric."""
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
        sys.stdout.write(
            f"{metric:28} {classes:2} classes {len(found):6} resamples {seconds:6.2f} s\n"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
