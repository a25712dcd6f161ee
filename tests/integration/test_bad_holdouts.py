"""A holdout that is wrong in any way is refused as such, and never unpickled."""

import io
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from gatekeeper.checks import CLAIM, SCHEMA
from shared.documents import NPZ_MEDIA_TYPE
from shared.layout import HOLDOUT
from shared.store import ModelStore
from tests.builders import toy_candidate, toy_rows
from tests.gatekeeping import refuse, with_file

Arrays = dict[str, npt.NDArray[Any]]


def good() -> Arrays:
    """What a good holdout holds."""
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


class Trap:
    """Fails the test when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return pytest.fail, ("a pickle in the holdout was loaded",)


HOLDOUTS: dict[str, bytes] = {
    "nothing": b"",
    "noise": bytes(range(256)) * 8,
    "an array of pickles": changed(feature_0=np.array([Trap()] * 10, dtype=object)),
    "compressed": compressed(good()),
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


@pytest.mark.parametrize("kind", HOLDOUTS)
def test_a_bad_holdout(store: ModelStore, kind: str) -> None:
    candidate = with_file(toy_candidate(), HOLDOUT, NPZ_MEDIA_TYPE, HOLDOUTS[kind])
    failed = refuse(store, candidate.publish(store))
    assert list(failed) == [SCHEMA]
    assert failed[SCHEMA].startswith(HOLDOUT)


def test_a_claim_that_is_not_reproduced(store: ModelStore) -> None:
    failed = refuse(store, toy_candidate(correct=9, claimed=1.0).publish(store))
    assert list(failed) == [CLAIM]
    assert "claims accuracy 1.0000; the gatekeeper computed 0.9000" in failed[CLAIM]
