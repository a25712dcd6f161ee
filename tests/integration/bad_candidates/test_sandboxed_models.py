"""Models in a real scoring process: good, endless, hungry, wild and curious ones."""

import io
import threading
from contextlib import closing
from pathlib import Path

import joblib
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from gatekeeper.evaluation.process_evaluator import ProcessEvaluator
from gatekeeper.evidence.evaluation_messages import ScoringRequest, ScoringResult
from gatekeeper.sandbox.scorer import score_model
from shared.contract.documents import JOBLIB_MEDIA_TYPE, NPZ_MEDIA_TYPE, Descriptor
from shared.contract.layout import ARTEFACT, HOLDOUT, JOBLIB_MODEL
from tests.support.models.lookup import candidate_on, lookup_model
from tests.support.models.toy import ToyModel, toy_model, toy_onnx
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import ToyCandidate, toy_candidate


def job_for(
    directory: Path, model: ToyModel, holdout_of: ToyCandidate | None = None, **changes: object
) -> ScoringRequest:
    """Write a model and its holdout to *directory*, and request its score."""
    directory.mkdir()
    holdout = (holdout_of or toy_candidate(correct=9)).files[HOLDOUT]
    for name, data in {**model.files, HOLDOUT: holdout}.items():
        (directory / name).write_bytes(data)
    job = ScoringRequest(
        model_directory=directory,
        digest=model.digest,
        holdout_directory=directory,
        holdout=Descriptor.describe(HOLDOUT, NPZ_MEDIA_TYPE, holdout),
        schema_directory=directory,
        schema_digest=model.digest,
        metric="accuracy",
        allow_joblib=False,
        seconds=60.0,
        memory_mib=512,
    )
    return job.model_copy(update=changes)


def running(word: str) -> list[tuple[int, int]]:
    """List the process and parent ids of commands that contain *word*."""
    found = []
    for directory in Path("/proc").iterdir():
        try:
            command = (directory / "cmdline").read_bytes() if directory.name.isdigit() else b""
            status = (directory / "stat").read_text().rpartition(")")[2].split() if command else []
        except (FileNotFoundError, ProcessLookupError):
            continue
        if word.encode() in command and status[0] != "Z":
            found.append((int(directory.name), int(status[1])))
    return found


def endless() -> bytes:
    """Return a model that counts for ever before it predicts."""
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["go_on"]),
            helper.make_node("Add", ["sum", "sum"], ["next_sum"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("sum", TensorProto.FLOAT, [None, 2]),
        ],
        [
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("next_sum", TensorProto.FLOAT, [None, 2]),
        ],
    )
    turns = onnx.numpy_helper.from_array(np.array(np.iinfo(np.int64).max), "turns")
    go = onnx.numpy_helper.from_array(np.array(True), "go_at_first")
    loop = helper.make_node("Loop", ["turns", "go_at_first", "rows"], ["counted"], body=body)
    return feeding_the_toy([loop], [turns, go])


def hungry() -> bytes:
    """Return a model that needs 64 GiB to predict."""
    size = onnx.numpy_helper.from_array(np.array([1 << 33, 2]), "size")
    zeros = helper.make_node("ConstantOfShape", ["size"], ["zeros"])
    total = helper.make_node("ReduceSum", ["zeros"], ["total"], keepdims=1)
    add = helper.make_node("Add", ["rows", "total"], ["counted"])
    return feeding_the_toy([zeros, total, add], [size])


def feeding_the_toy(nodes: list[onnx.NodeProto], constants: list[onnx.TensorProto]) -> bytes:
    """Put *nodes*, which make `counted` from `rows`, before the toy model."""
    model = onnx.load_from_string(toy_onnx())
    for node in model.graph.node:
        for index, name in enumerate(node.input):
            node.input[index] = "counted" if name == "rows" else name
    inner = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*nodes, *inner])
    model.graph.initializer.extend(constants)
    return bytes(model.SerializeToString())


class Code:
    """Runs when it is unpickled."""

    def __init__(self, source: str) -> None:
        self.source = source

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, (self.source,)


def pickled(source: str) -> ToyModel:
    """Return a pickled model that runs *source*."""
    buffer = io.BytesIO()
    joblib.dump(Code(source), buffer)
    toy = toy_model()
    model = Descriptor.describe(JOBLIB_MODEL, JOBLIB_MEDIA_TYPE, buffer.getvalue())
    artefact = toy.artefact.model_copy(update={"model": model})
    files = {**toy.files, ARTEFACT: artefact.encode(), JOBLIB_MODEL: buffer.getvalue()}
    return ToyModel(files, artefact)


WILD = """
import os, subprocess, sys
print('{"score": 1.0, "errors": {}}', flush=True)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(999)  # grandchild-MARK"])
try:
    os.write(os.open("MARK", os.O_CREAT | os.O_WRONLY), b"something")
except OSError:
    os.abort()
"""


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ScoringResult]:
    """Score models that attack in real scoring processes, in parallel, and the others here."""
    top = tmp_path_factory.mktemp("scored")
    grown = lookup_model({"Aachen": "yes", "Bonn": "no", "Köln": "yes"})
    truth = [("Aachen", "yes"), ("Bonn", "no"), ("Köln", "yes"), ("Köln", "yes")]
    theirs = job_for(top / "grown", grown, holdout_of=candidate_on(grown, truth))
    on_their_rows = {
        "holdout_directory": theirs.holdout_directory,
        "holdout": theirs.holdout,
        "schema_directory": theirs.model_directory,
        "schema_digest": theirs.digest,
    }
    known = lookup_model({"Bonn": "no", "Köln": "yes"})
    told = "import os; raise RuntimeError(sorted(os.environ))"
    jobs = {
        "good": job_for(top / "good", toy_model()),
        "endless": job_for(top / "endless", toy_model(onnx_bytes=endless()), seconds=1.0),
        "hungry": job_for(top / "hungry", toy_model(onnx_bytes=hungry())),
        "wild": job_for(
            top / "wild", pickled(WILD.replace("MARK", str(top / "mark"))), allow_joblib=True
        ),
        "curious": job_for(top / "curious", pickled(told), allow_joblib=True),
    }
    quick = {
        "carried": job_for(top / "carried", known).model_copy(update=on_their_rows),
        "astray": job_for(top / "astray", known).model_copy(
            update={**on_their_rows, "schema_digest": known.digest}
        ),
        "pickle": job_for(top / "pickle", pickled("raise SystemExit")),
    }
    with pytest.MonkeyPatch.context() as settings:
        settings.setenv("GATEKEEPER_FLOOR", "0.5")
        with closing(ProcessEvaluator(threading.Event())) as evaluator:
            evaluations = evaluator.evaluate(list(jobs.values()))
    grandchild = f"grandchild-{top / 'mark'}"
    wait_for(lambda: not running(grandchild), "the end of all of a killed group")
    assert not (top / "mark").exists() or (top / "mark").stat().st_size == 0
    here = {name: score_model(job) for name, job in quick.items()}
    return here | dict(zip(jobs, evaluations, strict=True))


def test_a_good_model_is_scored(scored: dict[str, ScoringResult]) -> None:
    assert scored["good"] == ScoringResult(0.9)


def test_a_model_is_scored_on_rows_of_another(scored: dict[str, ScoringResult]) -> None:
    assert scored["carried"] == ScoringResult(0.75)


def test_a_holdout_of_another_schema_is_refused(scored: dict[str, ScoringResult]) -> None:
    message = scored["astray"].errors["schema-compatible"]
    assert message.startswith(f"{ARTEFACT} has the digest ")


def test_an_endless_model_runs_out_of_time(scored: dict[str, ScoringResult]) -> None:
    assert "did not finish within 1 s" in scored["endless"].errors["golden-rows-reproduced"]


def test_a_model_above_its_memory_limit_fails(
    scored: dict[str, ScoringResult],
) -> None:
    assert "llocat" in scored["hungry"].errors["golden-rows-reproduced"]


def test_a_wild_model_cannot_write_lie_or_outlive_its_time(
    scored: dict[str, ScoringResult],
) -> None:
    assert scored["wild"].score is None
    assert "SIGABRT" in scored["wild"].errors["golden-rows-reproduced"]


def test_a_model_cannot_read_the_gatekeepers_settings(
    scored: dict[str, ScoringResult],
) -> None:
    told = scored["curious"].errors["golden-rows-reproduced"]
    assert "PYTHONPATH" in told
    assert "GATEKEEPER" not in told
    assert "STORE" not in told


def test_a_pickle_is_loaded_only_if_it_is_allowed(scored: dict[str, ScoringResult]) -> None:
    assert "ALLOW_JOBLIB=true" in scored["pickle"].errors["golden-rows-reproduced"]
