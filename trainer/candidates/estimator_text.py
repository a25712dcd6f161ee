"""Estimators and their errors as they are written down: JSON, stable from run to run."""

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from shared.errors import ModelgateError

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_LONGEST = 300


def describe_estimator(estimator: Any) -> str:
    """How the estimator was written, on one line."""
    return _text(estimator)


def describe_parameters(estimator: Any) -> dict[str, Any]:
    """Every parameter, nested ones by their path; estimators within are there by theirs."""
    return {
        name: _as_json(value)
        for name, value in sorted(estimator.get_params(deep=True).items())
        if not _holds_estimators(value)
    }


def describe_setting(setting: Mapping[str, Any]) -> str:
    """Parameters as they would be written in a call, long numbers shortened."""
    texts = (
        f"{name}={value:.4g}" if isinstance(value, float) else f"{name}={_text(value)}"
        for name, value in setting.items()
    )
    return _shortened(", ".join(texts))


def describe_error(error: BaseException) -> str:
    """What went wrong in one line: the kind of error or warning, and its first line.

    Our own errors are sentences, and need no kind.
    """
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if lines and isinstance(error, ModelgateError):
        return _shortened(lines[0])
    message = f": {lines[0]}" if lines else ""
    return _shortened(f"{type(error).__name__}{message}")


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
    return _text(value)


def _text(value: Any) -> str:
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - a user's class may not even describe itself
        text = type(value).__name__
    return _shortened(" ".join(_ADDRESS.sub("", text).split()))


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
