"""Successful and failed reloads leak no open file, thread, model or memory."""

from functools import partial
from pathlib import Path

import numpy as np
import psutil
from sklearn.ensemble import RandomForestClassifier

from shared.store.store import ModelStore
from tests.faults.support.damages import complains
from tests.faults.support.effort import figure
from tests.faults.support.record import Record
from tests.faults.support.worker_hunts import liar
from tests.support.models.served import exported, model_around
from tests.support.models.toy import FEATURES, ToyModel, toy_model
from tests.support.processes.predictor import running_predictor
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import promote

WARM_UP, BAD_EVERY = 20, 10
"""Reloads before the measurement, and the distance between bad reloads."""
MIB = 1 << 20
MODELS = [toy_model(bias=number / 8) for number in range(5)]


def test_many_reloads_leave_no_file_no_thread_and_no_memory(
    store: ModelStore, tmp_path: Path, record: Record
) -> None:
    reloads = figure(quick=50, full=1000)
    variables = {"PREDICTOR_POLL_SECONDS": 0.01}
    promote(store, MODELS[0])
    with running_predictor(store, tmp_path / "log", **variables) as predictor:
        process = psutil.Process(predictor.worker_pid)
        with predictor.client() as client:

            def serves(version: int) -> bool:
                answer = client.post("/predict", json={"features": [1, 2]})
                return bool(answer.headers.get("x-model-version") == str(version))

            def reload(number: int) -> None:
                version = promote(store, MODELS[number % len(MODELS)]).version
                wait_for(partial(serves, version), f"version {version}")

            def fail_to_reload(number: int) -> None:
                version = promote(store, liar(2 + number / 1024)).version
                wait_for(lambda: complains(store, f"Version {version} could not"), "a complaint")

            # By then everything is open that stays open, such as the client's connection.
            for number in range(WARM_UP):
                reload(number)
            fail_to_reload(-1)
            reload(WARM_UP)
            files, threads = process.num_fds(), process.num_threads()
            memory = process.memory_info().rss
            for number in range(reloads):
                if number % BAD_EVERY == 0:
                    fail_to_reload(number)
                reload(number)
            wait_for(lambda: process.num_fds() <= files, f"{files} open files or fewer")
            wait_for(
                lambda: process.memory_info().rss <= 1.05 * memory,
                f"no more than 5 % beyond {memory} bytes of memory",
            )
            wait_for(lambda: process.num_threads() <= threads, f"{threads} threads or fewer")
            grown = process.memory_info().rss / memory - 1
    record.add("soak", "reloads", reloads)
    record.most("soak", "growth of memory, per mille", round(1000 * grown))
    assert "ERROR" not in predictor.output()


def large_model() -> ToyModel:
    """Fit a forest of 10 MB, which takes 60 MB of memory, and 100 MB more while it loads."""
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
        process = psutil.Process(predictor.worker_pid)
        before = process.memory_info().rss
        for model in (large, MODELS[1], large, MODELS[2]):
            version = promote(store, model).version
            predictor.wait_for_workers(version, 1)
        wait_for(lambda: process.memory_info().rss < before + 30 * MIB, "the memory")
