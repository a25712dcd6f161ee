"""Pickle a fitted pipeline."""

import io
from typing import Any

import cloudpickle  # type: ignore[import-untyped]  # it has no types
import joblib

from shared.errors import ExportError
from trainer.candidates.estimator_text import describe_error


def pickle_pipeline(pipeline: Any) -> bytes:
    """Pickle a pipeline: a lambda or local function in it with its code, others by their names.

    Raises ExportError if it cannot be pickled.
    """
    buffer = io.BytesIO()
    try:
        joblib.dump(pipeline, buffer)
    except Exception:  # noqa: BLE001 - pickled objects raise errors of many types
        try:
            return bytes(cloudpickle.dumps(pipeline))
        except Exception as error:
            raise ExportError(f"it cannot be pickled ({describe_error(error)})") from error
    return buffer.getvalue()
