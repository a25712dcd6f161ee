"""A holdout that is wrong in any way is refused as such, and never unpickled."""

import gzip
import io
import pickle
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from shared.contract.documents import NPZ_MEDIA_TYPE
from shared.contract.layout import HOLDOUT
from shared.store.store import ModelStore
from tests.support.models.toy import toy_rows
from tests.support.stores.builders import toy_candidate
from tests.support.stores.gatekeeping import refuse, with_file

Arrays = dict[str, npt.NDArray[Any]]


def good() -> Arrays:
    """Return the arrays of a good holdout."""
    rows = toy_rows(10)
    return {
        "feature_0": rows[:, 0],
        "feature_1": rows[:, 1],
        "target": np.zeros(10, dtype=np.int64),
    }


def npz(arrays: Arrays) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=True, **arrays)
    return buffer.getvalue()


def compressed(arrays: Arrays) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def without(name: str) -> bytes:
    return npz({key: array for key, array in good().items() if key != name})


def changed(**arrays: npt.NDArray[Any]) -> bytes:
    return npz({**good(), **arrays})


def npy(array: npt.NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


class Trap:
    """Fails the test when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return pytest.fail, ("a pickle in the holdout was loaded",)


PICKLE = pickle.dumps(Trap())

HOLDOUTS: dict[str, bytes] = {
    "nothing": b"",
    "noise": bytes(range(256)) * 8,
    "an array of pickles": changed(feature_0=np.array([Trap()] * 10, dtype=object)),
    "a pickle": PICKLE,
    "one array of pickles": npy(np.array([Trap()] * 10, dtype=object)),
    "one array": npy(np.zeros(10)),
    "compressed": compressed(good()),
    "gzip": gzip.compress(npz(good())),
    "64 MiB in gzip": gzip.compress(bytes(1 << 20)) * 64,
    "invented shape": npz(good()).replace(b"(10,)", b"(1e9)"),
    "a name that leads elsewhere": npz(good()).replace(b"target.npy", b"../../.npy"),
    "one feature less": without("feature_1"),
    "no target": without("target"),
    "a shorter feature": changed(feature_1=np.zeros(9)),
    "another type": changed(feature_1=np.zeros(10, dtype=np.float32)),
    "another shape": changed(feature_1=np.zeros((10, 1))),
    "no rows": npz({name: array[:0] for name, array in good().items()}),
    "NaN in a row": changed(feature_1=np.full(10, np.nan)),
    "a class that is none": changed(target=np.full(10, 2)),
    "a negative class": changed(target=np.full(10, -1)),
}


def refuse_holdout(store: ModelStore, data: bytes) -> None:
    candidate = with_file(toy_candidate(), HOLDOUT, NPZ_MEDIA_TYPE, data)
    failed = refuse(store, candidate.publish(store))
    assert list(failed) == ["schema-compatible"]
    assert failed["schema-compatible"].startswith(HOLDOUT)


@pytest.mark.parametrize("kind", HOLDOUTS)
def test_a_bad_holdout_is_refused(store: ModelStore, kind: str) -> None:
    refuse_holdout(store, HOLDOUTS[kind])


def test_64_compressed_mebibytes_are_refused(store: ModelStore) -> None:
    refuse_holdout(store, compressed(good() | {"target": np.zeros(1 << 23, dtype=np.int64)}))


@pytest.mark.parametrize(
    ("claimed", "said"),
    [
        ({"accuracy": 1.0}, "claims accuracy 1.0000; the gatekeeper computed 0.9000"),
        ({"accuracy": -1.0}, "claims accuracy -1.0000; the gatekeeper computed 0.9000"),
        ({"accuracy": 1e308}, "the gatekeeper computed 0.9000"),
        ({"charm": 0.9}, "claims no accuracy"),
    ],
)
def test_a_wrong_claim_of_the_score_is_refused(
    store: ModelStore, claimed: dict[str, float], said: str
) -> None:
    candidate = toy_candidate(correct=9).with_manifest(holdout_metrics=claimed)
    failed = refuse(store, candidate.publish(store))
    assert list(failed) == ["score-reproduced"]
    assert said in failed["score-reproduced"]
