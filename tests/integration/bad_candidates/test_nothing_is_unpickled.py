"""Gating and serving work while Python forbids unpickling, under any name of a pickle."""

import gzip
import io
import os
import pickle
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import joblib
import numpy as np
import pytest

from predictor.lifecycle.loader import ModelLoader
from shared.contract.documents import (
    JOBLIB_MEDIA_TYPE,
    JSON_MEDIA_TYPE,
    NPZ_MEDIA_TYPE,
    compute_digest,
)
from shared.contract.layout import ARTEFACT, HOLDOUT, JOBLIB_MODEL, MANIFEST, REPORT, ROWS
from shared.store.store import ModelStore
from tests.integration.bad_candidates.test_bad_artefacts import repacked, with_golden
from tests.support.models.toy import toy_model, toy_rows
from tests.support.processes.forks import fork
from tests.support.stores.builders import ToyCandidate, toy_candidate
from tests.support.stores.gatekeeping import (
    failed_checks,
    gatekeeper_of,
    handed_in,
    outcomes,
    with_file,
)

MARK = "unpickled"


class Trap:
    """Leaves a mark where it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (MARK,)


PICKLE = pickle.dumps(Trap())


def written(write: Callable[[io.BytesIO], object]) -> bytes:
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


ARRAY = np.array([Trap()] * 10, dtype=object)
AS_A_MODEL = {
    "a pickle": PICKLE,
    "an old pickle": pickle.dumps(Trap(), protocol=0),
    "joblib's": written(lambda file: joblib.dump(Trap(), file)),
    "joblib's, compressed": written(lambda file: joblib.dump(Trap(), file, compress=3)),
    "in zlib": zlib.compress(PICKLE),
    "in gzip": gzip.compress(PICKLE),
    "an array": written(lambda file: np.save(file, ARRAY, allow_pickle=True)),
}


def with_artefact(data: bytes) -> ToyCandidate:
    candidate = with_file(toy_candidate(), ARTEFACT, JSON_MEDIA_TYPE, data)
    return candidate.with_manifest(digest=compute_digest(data))


def served_as_a_pickle() -> ToyCandidate:
    candidate = with_file(toy_candidate(), JOBLIB_MODEL, JOBLIB_MEDIA_TYPE, PICKLE)
    model = candidate.manifest.file(JOBLIB_MODEL)
    data = repacked(toy_model(), model=model).files[ARTEFACT]
    candidate = with_file(candidate, ARTEFACT, JSON_MEDIA_TYPE, data)
    return candidate.with_manifest(digest=compute_digest(data))


def as_a_model(data: bytes) -> Callable[[], ToyCandidate]:
    return lambda: handed_in(toy_model(onnx_bytes=data))


DISGUISES: dict[str, Callable[[], ToyCandidate]] = {
    **{f"a model: {kind}": as_a_model(data) for kind, data in AS_A_MODEL.items()},
    "a pickle that is allowed elsewhere": served_as_a_pickle,
    "the artefact": lambda: with_artefact(PICKLE),
    "golden rows": lambda: handed_in(with_golden(PICKLE)),
    "the holdout": lambda: with_file(toy_candidate(), HOLDOUT, NPZ_MEDIA_TYPE, PICKLE),
    "arrays of the holdout": lambda: with_file(
        toy_candidate(),
        HOLDOUT,
        NPZ_MEDIA_TYPE,
        written(lambda file: np.savez(file, allow_pickle=True, target=ARRAY)),
    ),
    "hashes of rows": lambda: with_file(toy_candidate(), ROWS, NPZ_MEDIA_TYPE, PICKLE),
    "the report": lambda: with_file(toy_candidate(), REPORT, JSON_MEDIA_TYPE, PICKLE),
}
DECIDE_NOTHING = {"hashes of rows", "the report"}
"""The gate does without them, and says so."""


def forbid_unpickling() -> None:
    """Make this process raise when a pickle looks up any name."""

    def refuse(event: str, arguments: tuple[object, ...]) -> None:
        if event == "pickle.find_class":
            raise AssertionError(f"unpickled {arguments}")

    sys.addaudithook(refuse)
    with pytest.raises(AssertionError, match="unpickled"):
        pickle.loads(PICKLE)  # noqa: S301 - it cannot


@pytest.mark.parametrize("kind", DISGUISES)
def test_a_pickle_in_disguise_never_runs(
    store: ModelStore, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    candidate_id = DISGUISES[kind]().publish(store)

    def decide() -> None:
        forbid_unpickling()
        gatekeeper_of(store).poll()

    assert fork(decide).wait() == 0
    assert not (tmp_path / MARK).exists()
    if kind not in DECIDE_NOTHING:
        failed = failed_checks(store, candidate_id)
        assert failed
        assert not any("unpickled" in message for message in failed.values()), failed


def test_a_pickle_for_a_manifest_never_runs(
    store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    candidate_id = toy_candidate().publish(store)
    (store.layout.candidate(candidate_id) / MANIFEST).write_bytes(PICKLE)
    gatekeeper_of(store).poll()
    assert failed_checks(store, candidate_id)
    assert not (tmp_path / MARK).exists()


def test_gating_and_serving_unpickle_nothing(store: ModelStore) -> None:
    toy_candidate().publish(store)

    def gate_and_serve() -> None:
        forbid_unpickling()
        gatekeeper_of(store).poll()
        registry = store.registry.read()
        assert registry is not None
        loaded = ModelLoader(store.models, allow_joblib=False).load(registry.digest)
        loaded.servable.predict(toy_rows())

    assert fork(gate_and_serve).wait() == 0
    assert outcomes(store) == ["promoted"]
