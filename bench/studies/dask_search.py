"""`python -m bench.studies.dask_search`: time a search with one and with two Dask workers.

Each worker has one core. Run it on a quiet machine with two cores or more. The estimator is a
random forest, and the table is scikit-learn's digits.
"""

import io
import sys
import time

from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier

from shared.contract.documents import Feature
from trainer.cluster.connection import open_cluster
from trainer.cluster.trial_pool import DaskTrialPool
from trainer.console import Console
from trainer.dataset.dataset import DataSchema, Dataset
from trainer.dataset.split import split_dataset
from trainer.fitting.candidate_search import fit_candidates
from trainer.fitting.trial import TrialContext

SETTINGS = 40
TARGET = 1.7
"""The least speed of two workers, in speeds of one."""
SPACE = {"max_features": [0.2, 0.3, 0.4, 0.5], "min_samples_leaf": list(range(1, 11))}


def make_context() -> TrialContext:
    """Return the digits, with 40 settings to try."""
    rows, target = load_digits(return_X_y=True)
    features = tuple(Feature(name=f"pixel {n}", type="number") for n in range(rows.shape[1]))
    classes = tuple(str(digit) for digit in range(10))
    schema = DataSchema("classification", features, classes)
    data = Dataset("digits", schema, rows, "digit", target.astype("int64"), None)
    return TrialContext(split_dataset(data, ""), schema, "accuracy", 42, SETTINGS)


def time_search(workers: int, context: TrialContext) -> float:
    """Return the seconds of the search, without the start of the workers and their imports."""
    table = {"forest": (RandomForestClassifier(200), SPACE)}
    console = Console(io.StringIO())
    with open_cluster(f"local:{workers}", console) as cluster:
        cluster.client.wait_for_workers(workers)
        fit_candidates(
            {"warm": RandomForestClassifier(1)},
            context,
            console,
            make_pool=lambda given, _: DaskTrialPool(cluster, None, given),
        )
        started = time.perf_counter()
        fit_candidates(
            table,
            context,
            console,
            make_pool=lambda given, _: DaskTrialPool(cluster, None, given),
        )
        return time.perf_counter() - started


def main() -> int:
    """Print the times and their ratio. Return 1 if two workers are too slow."""
    context = make_context()
    one, two = (time_search(workers, context) for workers in (1, 2))
    ratio = one / two
    sys.stdout.write(
        f"{SETTINGS} settings: {one:.1f} s with 1 worker, {two:.1f} s with 2 workers, "
        f"{ratio:.2f} times faster (target: {TARGET})\n"
    )
    return int(ratio < TARGET)


if __name__ == "__main__":
    sys.exit(main())
