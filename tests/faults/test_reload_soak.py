"""Reloads leave no file open, no thread, no model and no memory behind."""

from functools import partial
from pathlib import Path

import numpy as np
import psutil
from sklearn.ensemble import RandomForestClassifier

from shared.store import ModelStore
from tests.builders import FEATURES, ToyModel, promote, toy_model
from tests.predictor_process import running_predictor
from tests.served_models import exported, model_around
from tests.waiting import wait_for

RELOADS = 50
MIB = 1 << 20
MODELS = [toy_model(bias=number / 8) for number in range(5)]


def test_open_files_and_threads_stay_the_same_over_many_reloads(
    store: ModelStore, tmp_path: Path
) -> None:
    promote(store, MODELS[0])
    variables = {"PREDICTOR_POLL_SECONDS": 0.01}
    with running_predictor(store, tmp_path / "log", **variables) as predictor:
        predictor.wait_until_ready()
        process = psutil.Process(predictor.process.pid)
        with predictor.client() as client:

            def serves(version: int) -> bool:
                answer = client.post("/predict", json={"features": [1, 2]})
                return answer.headers["x-model-version"] == str(version)

            # What is opened once for all, the clean-up's directory or the client's connection
            # for example, is open by the second version.
            promote(store, MODELS[1])
            wait_for(lambda: serves(2), "version 2")
            files, threads = process.num_fds(), process.num_threads()
            for number in range(3, 3 + RELOADS):
                promote(store, MODELS[number % len(MODELS)])
                wait_for(partial(serves, number), f"version {number}")
            wait_for(lambda: process.num_fds() <= files, f"{files} open files or fewer")
            assert process.num_threads() == threads
    assert "ERROR" not in predictor.output()
    assert "WARNING" not in predictor.output()


def large_model() -> ToyModel:
    """A forest of 10 MB that has learned noise: 60 MB in memory, and 100 MB more while built."""
    random = np.random.default_rng(0)
    rows, labels = random.normal(size=(8000, 2)), random.integers(0, 2, 8000)
    forest = RandomForestClassifier(60, random_state=0, n_jobs=2).fit(rows, labels)
    return model_around(exported(forest, features=2), FEATURES, rows[:8])


def test_the_memory_of_a_large_model_is_given_back_after_each_swap(
    store: ModelStore, tmp_path: Path
) -> None:
    promote(store, MODELS[0])
    large = large_model()
    with running_predictor(store, tmp_path / "log") as predictor:
        predictor.wait_for_workers(1, 1)
        process = psutil.Process(predictor.process.pid)
        before = process.memory_info().rss
        for model in (large, MODELS[1], large, MODELS[2]):
            version = promote(store, model).version
            predictor.wait_for_workers(version, 1)
        wait_for(lambda: process.memory_info().rss < before + 30 * MIB, "the memory")
