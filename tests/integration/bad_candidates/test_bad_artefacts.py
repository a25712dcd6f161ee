"""Artefacts and golden rows that are wrong are refused."""

import pytest

from shared.contract.documents import (
    JOBLIB_MEDIA_TYPE,
    JSON_MEDIA_TYPE,
    ONNX_MEDIA_TYPE,
    Descriptor,
    compute_digest,
)
from shared.contract.golden_rows import GoldenRows
from shared.contract.layout import ARTEFACT, GOLDEN, JOBLIB_MODEL, ONNX_MODEL
from shared.store.store import ModelStore
from tests.support.models.toy import ToyModel, toy_model
from tests.support.stores.builders import ToyCandidate, toy_candidate
from tests.support.stores.gatekeeping import handed_in, refuse, with_file

PICKLE = b"\x80\x04\x95\x1c\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94."


def repacked(toy: ToyModel, **changes: object) -> ToyModel:
    """Change artefact.json and keep the other files."""
    artefact = toy.artefact.model_copy(update=changes)
    return ToyModel({**toy.files, ARTEFACT: artefact.encode()}, artefact)


def with_golden(golden: bytes) -> ToyModel:
    """Return the toy model with other golden rows."""
    described = Descriptor.describe(GOLDEN, JSON_MEDIA_TYPE, golden)
    toy = repacked(toy_model(), golden=described)
    return ToyModel({**toy.files, GOLDEN: golden}, toy.artefact)


def with_raw_artefact(data: bytes) -> ToyCandidate:
    """Return a candidate with *data* as artefact.json and a matching descriptor."""
    candidate = with_file(toy_candidate(), ARTEFACT, JSON_MEDIA_TYPE, data)
    return candidate.with_manifest(digest=compute_digest(data))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        PICKLE,
        b"{}",
        b'{"format_version": 1}',
        toy_model().artefact.model_copy(update={"format_version": 2}).encode(),
        toy_model().artefact.model_copy(update={"features": ()}).encode(),
        toy_model().artefact.encode().replace(b'"number"', b'"text"'),
    ],
)
def test_a_malformed_artefact_is_refused(store: ModelStore, data: bytes) -> None:
    failed = refuse(store, with_raw_artefact(data).publish(store))
    assert list(failed) == ["schema-compatible"]
    assert failed["schema-compatible"].startswith(ARTEFACT)


def test_an_artefact_that_contradicts_the_manifest_is_refused(store: ModelStore) -> None:
    other = Descriptor.describe(ONNX_MODEL, ONNX_MEDIA_TYPE, b"other")
    candidate = with_raw_artefact(repacked(toy_model(), model=other).files[ARTEFACT])
    failed = refuse(store, candidate.publish(store))
    assert list(failed) == ["schema-compatible"]
    assert f"describe {ONNX_MODEL} differently" in failed["schema-compatible"]


def test_a_pickle_is_refused_unread(store: ModelStore) -> None:
    pickled = Descriptor.describe(JOBLIB_MODEL, JOBLIB_MEDIA_TYPE, PICKLE)
    model = repacked(toy_model(), model=pickled)
    candidate = with_raw_artefact(model.files[ARTEFACT])
    candidate = with_file(candidate, JOBLIB_MODEL, JOBLIB_MEDIA_TYPE, PICKLE)
    failed = refuse(store, candidate.publish(store))
    assert list(failed) == ["formats-allowed"]
    assert "ALLOW_JOBLIB" in failed["formats-allowed"]


GOLDEN_ROWS = GoldenRows.decode(toy_model().files[GOLDEN], GOLDEN)


@pytest.mark.parametrize(
    ("golden", "check", "message"),
    [
        (PICKLE, "golden-rows-reproduced", "not strict JSON"),
        (b"{}", "golden-rows-reproduced", "no valid format_version"),
        (b"NaN", "golden-rows-reproduced", "not strict JSON"),
        (
            GOLDEN_ROWS.model_copy(update={"rows": ((1.0,),) * 8}).encode(),
            "schema-compatible",
            "2 features",
        ),
        (
            GOLDEN_ROWS.model_copy(update={"predictions": (1.0,)}).encode(),
            "schema-compatible",
            "but 1 predictions",
        ),
        (
            GOLDEN_ROWS.model_copy(update={"predictions": (1.0,) * 8}).encode(),
            "golden-rows-reproduced",
            "reproduce",
        ),
        (
            GOLDEN_ROWS.model_copy(update={"probabilities": ((0.5, 0.5),) * 8}).encode(),
            "golden-rows-reproduced",
            "differ by",
        ),
        (
            GOLDEN_ROWS.model_copy(update={"probabilities": ((0.2, 0.3, 0.5),) * 8}).encode(),
            "golden-rows-reproduced",
            "not give probabilities of shape",
        ),
    ],
)
def test_malformed_golden_rows_are_refused(
    store: ModelStore, golden: bytes, check: str, message: str
) -> None:
    failed = refuse(store, handed_in(with_golden(golden)).publish(store))
    assert list(failed) == [check]
    assert message in failed[check]
