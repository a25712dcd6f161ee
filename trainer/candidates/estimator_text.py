"""Describe estimators and their errors as text and JSON that are equal in every run."""

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from shared.errors import ModelgateError
from shared.text import shorten
from trainer.candidates.own_line import find_own_line

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_MAX_LENGTH = 300


def describe_value(value: Any) -> str:
    """Return the code of an estimator or parameter on one line, without addresses."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - a user's class may raise anything
        text = type(value).__name__
    return shorten(" ".join(_ADDRESS.sub("", text).split()), _MAX_LENGTH)


def describe_parameters(estimator: Any) -> dict[str, Any]:
    """Return all parameters by their paths. A nested estimator is there by its own parameters."""
    return {
        name: _as_json(value)
        for name, value in sorted(estimator.get_params(deep=True).items())
        if not _holds_estimators(value)
    }


def describe_setting(setting: Mapping[str, Any]) -> str:
    """Write parameters as the arguments of a call, with floats of four digits."""
    texts = (
        f"{name}={value:.4g}" if isinstance(value, float) else f"{name}={describe_value(value)}"
        for name, value in setting.items()
    )
    return shorten(", ".join(texts), _MAX_LENGTH)


def describe_error(error: BaseException) -> str:
    """Return the type and the first line of an error or warning, and where the user's code fails.

    Modelgate's own errors are sentences, and shown without their type.
    """
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if lines and isinstance(error, ModelgateError):
        return shorten(lines[0], _MAX_LENGTH)
    message = f": {lines[0]}" if lines else ""
    text = shorten(f"{type(error).__name__}{message}", _MAX_LENGTH)
    own_line = find_own_line(error)
    return f"{text} ({own_line})" if own_line else text


def _holds_estimators(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_holds_estimators(item) for item in value)
    return hasattr(value, "get_params")


def _as_json(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, dict):
        return {str(key): _as_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_as_json(item) for item in value]
    return describe_value(value)
