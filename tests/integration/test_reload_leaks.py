"""Reloads leave no file open, no thread and no model behind."""

from functools import partial
from pathlib import Path

import psutil

from shared.store import ModelStore
from tests.builders import promote, toy_model
from tests.predictor_process import running_predictor
from tests.waiting import wait_for

RELOADS = 50
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
