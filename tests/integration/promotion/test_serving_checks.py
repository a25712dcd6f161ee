"""The cost and the runtime of real models decide."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper
from sklearn.linear_model import LogisticRegression

from gatekeeper.evaluation.process_evaluator import ProcessEvaluator
from shared.contract.check_result import CheckResult
from shared.contract.documents import NPZ_MEDIA_TYPE
from shared.contract.layout import HOLDOUT, JOBLIB_MODEL
from shared.inference.joblib_servable import JoblibServable
from shared.inference.onnx_reading.onnx_opsets import STANDARD, newest_opset
from shared.runtime_versions import runtime_versions
from shared.scoring.holdout_file import Holdout, encode_holdout
from shared.store.store import ModelStore
from tests.support.models.served import breast_cancer_model, breast_cancer_rows, with_opsets
from tests.support.models.toy import ToyModel, toy_model, toy_onnx
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import ToyCandidate, toy_candidate
from tests.support.stores.fake_services import worker
from tests.support.stores.gatekeeping import (
    ACCURACY,
    failed_checks,
    gatekeeper_of,
    handed_in,
    outcomes,
    running_gatekeeper,
    with_file,
)

WIDTH = 4096
HERE = runtime_versions()


@pytest.fixture
def evaluator() -> Iterator[ProcessEvaluator]:
    """Score in child processes, whose memory is only the model's."""
    evaluator = ProcessEvaluator(threading.Event())
    yield evaluator
    evaluator.close()


def heavy_model() -> ToyModel:
    """Return a toy model that multiplies every row with 64 MiB of numbers, three times."""
    model = onnx.load_from_string(toy_onnx())
    graph, honest = model.graph, list(model.graph.node)
    for name, shape in (("in", (2, WIDTH)), ("large", (WIDTH, WIDTH)), ("out", (WIDTH, 2))):
        graph.initializer.append(onnx.numpy_helper.from_array(np.zeros(shape, np.float32), name))
    steps = ["rows", "wide1", "wide2", "wide3", "wide4", "nothing"]
    tables = ["in", "large", "large", "large", "out"]
    detour = [
        helper.make_node("MatMul", [given, table], [found])
        for given, table, found in zip(steps, tables, steps[1:], strict=False)
    ]
    honest[0].output[0] = "alone"
    sums = helper.make_node("Add", ["alone", "nothing"], ["products"])
    del graph.node[:]
    graph.node.extend([honest[0], *detour, sums, *honest[1:]])
    return toy_model(onnx_bytes=bytes(model.SerializeToString()))


def pickled_candidate(**versions: str) -> ToyCandidate:
    """Pickle a logistic regression that is right on its holdout, and claim other *versions*."""
    model = breast_cancer_model(LogisticRegression(max_iter=500), is_joblib=True)
    rows = breast_cancer_rows(50)
    answers = JoblibServable(model.files[JOBLIB_MODEL], model.artefact).predict(rows).values
    holdout = encode_holdout(Holdout(rows, answers))
    candidate = with_file(handed_in(model), HOLDOUT, NPZ_MEDIA_TYPE, holdout)
    return candidate.with_manifest(versions={**HERE, **versions})


def checks_on(store: ModelStore, candidate_id: str) -> dict[str, CheckResult]:
    decision = store.decision_log().decision_on(candidate_id)
    assert decision is not None
    return {check.name: check for check in decision.checks}


@pytest.mark.thorough
def test_the_cost_of_serving_is_recorded(store: ModelStore, evaluator: ProcessEvaluator) -> None:
    light = toy_candidate().publish(store)
    heavy = toy_candidate(heavy_model()).publish(store)
    gatekeeper_of(store, evaluator=evaluator).poll()
    assert outcomes(store) == ["promoted", "promoted"]
    small, large = checks_on(store, light), checks_on(store, heavy)
    assert all(
        found[name].observed > 0
        for name in ("load-time-limit", "p95-latency-limit")
        for found in (small, large)
    )
    assert small["memory-limit"].observed < 60
    assert large["memory-limit"].observed > 64
    assert 64 < large["size-limit"].observed < 65


def test_a_model_that_is_slow_and_large_is_refused_by_each_rule(
    store: ModelStore, evaluator: ProcessEvaluator
) -> None:
    policy = ACCURACY.model_copy(
        update={
            "max_load_seconds": 0.001,
            "max_p95_ms": 0.5,
            "max_memory_mib": 60,
            "max_size_mib": 60,
        }
    )
    heavy = toy_candidate(heavy_model()).publish(store)
    gatekeeper_of(store, policy, evaluator=evaluator).poll()
    failed = failed_checks(store, heavy)
    assert list(failed) == ["load-time-limit", "p95-latency-limit", "memory-limit", "size-limit"]
    assert "(95th percentile of " in failed["p95-latency-limit"]
    assert "the limit is 60. See GATEKEEPER_MAX_SIZE_MIB" in failed["size-limit"]


@pytest.mark.thorough
def test_limits_reach_the_gatekeeper_and_let_a_small_model_pass(
    store: ModelStore, tmp_path: Path
) -> None:
    heavy, light = toy_candidate(heavy_model()), toy_candidate()
    limits = {
        "GATEKEEPER_MAX_LOAD_SECONDS": 20,
        "GATEKEEPER_MAX_P95_MS": 10_000,
        "GATEKEEPER_MAX_MEMORY_MIB": 60,
        "GATEKEEPER_MAX_SIZE_MIB": 60,
    }
    heavy_id, light_id = heavy.publish(store), light.publish(store)
    with running_gatekeeper(store.layout.root, tmp_path / "log", **limits):
        wait_for(lambda: store.decision_log().is_decided(light_id), "both decisions")
    assert list(failed_checks(store, heavy_id)) == ["memory-limit", "size-limit"]
    assert outcomes(store) == ["refused", "promoted"]


def test_a_model_for_a_newer_onnxruntime_is_refused_by_name(store: ModelStore) -> None:
    newest = newest_opset(STANDARD)
    served = with_opsets(toy_onnx(), {STANDARD: newest + 1})
    candidate_id = handed_in(toy_model(onnx_bytes=served)).publish(store)
    gatekeeper_of(store).poll()
    failed = failed_checks(store, candidate_id)
    assert list(failed) == ["golden-rows-reproduced", "runtime-supported"]
    assert f"version {newest + 1} of the operators 'ai.onnx'" in failed["runtime-supported"]
    assert f"runs up to {newest}" in failed["runtime-supported"]


def test_a_live_worker_with_an_older_onnxruntime_keeps_a_model_out(store: ModelStore) -> None:
    old = worker("old", None).model_copy(update={"versions": {**HERE, "onnxruntime": "1.2.0"}})
    store.heartbeats.write(old)
    refused = toy_candidate().publish(store)
    gatekeeper_of(store).poll()
    failed = failed_checks(store, refused)
    assert list(failed) == ["runtime-supported"]
    assert "worker old has the older 1.2.0" in failed["runtime-supported"]

    store.heartbeats.remove("old")
    store.heartbeats.write(worker("new", None).model_copy(update={"versions": HERE}))
    promoted = toy_candidate(toy_model(bias=0.25)).publish(store)
    gatekeeper_of(store).poll()
    assert outcomes(store) == ["refused", "promoted"]
    assert "1 live worker" in checks_on(store, promoted)["runtime-supported"].message


def test_a_pickle_of_another_scikit_learn_is_refused_and_one_of_the_same_is_not(
    store: ModelStore,
) -> None:
    policy = ACCURACY.model_copy(update={"allow_joblib": True})
    store.heartbeats.write(worker("new", None).model_copy(update={"versions": HERE}))
    other = pickled_candidate(**{"scikit-learn": "0.24.2"}).publish(store)
    same = pickled_candidate().publish(store)
    gatekeeper_of(store, policy).poll()
    failed = failed_checks(store, other)
    assert list(failed) == ["runtime-supported"]
    assert "pickled with scikit-learn 0.24.2, and the gatekeeper has" in failed["runtime-supported"]
    assert outcomes(store) == ["refused", "promoted"]
    assert (
        checks_on(store, same)["runtime-supported"].observed["scikit-learn"] == HERE["scikit-learn"]
    )
