"""Pickle what travels between trainer and workers. Each of both runs the other's code anyway.

Dask itself unpickles too, but before the user's modules are installed on a worker.
"""

import pickle
from typing import Any

import cloudpickle  # type: ignore[import-untyped]  # it has no types


def dump(value: object) -> bytes:
    """Pickle *value*: a lambda or local function in it with its code, others by their names."""
    return bytes(cloudpickle.dumps(value))


def load(data: bytes) -> Any:
    """Return the pickled value. Only the trainer and its workers call this, with TRAINER_DASK."""
    return pickle.loads(data)  # noqa: S301 - see above
