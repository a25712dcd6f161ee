"""Load a mirrored model for MLflow, and answer rows as the predictor does.

This file is copied into each model that MLflow gets. So it imports nothing of Modelgate, but
only numpy, pandas and onnxruntime.
"""

import json
import math
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pandas as pd

_UNSEEN = -1.0
_LARGEST = float(np.finfo(np.float32).max)
_INVISIBLE = dict.fromkeys(
    [
        *(0x00AD, 0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)),
        *(0x180E, 0x200B, 0x2060, *range(0x2061, 0x2065), 0xFEFF),
    ]
)
_FORMS: Mapping[str, Callable[[str], str]] = {
    "lower": str.lower,
    "upper": str.upper,
    "casefold": str.casefold,
    "title": str.title,
    "capitalize": str.capitalize,
}


def normalise_text(text: str) -> str:
    """Return the normal form of *text*, in which spellings that look alike are equal."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text.translate(_INVISIBLE))
    return " ".join(text.split()).strip(" \u200c\u200d")


class _Column:
    """The numbers of the values of one feature."""

    def __init__(self, feature: Mapping[str, Any], missing: list[str]) -> None:
        self.name = feature["name"]
        self._type = feature["type"]
        self._nullable = feature.get("nullable", False)
        categories = feature.get("categories") or []
        known = feature.get("missing_values")
        blanks = dict.fromkeys(("", *(missing if known is None else known)), math.nan)
        codes = {**blanks, **{text: float(code) for code, text in enumerate(categories)}}
        normal = {normalise_text(text): code for text, code in reversed(codes.items())}
        self._codes = {**normal, **codes}
        self._missing = {**{normalise_text(text): math.nan for text in blanks}, **blanks}
        self._change = _FORMS.get(feature.get("text_form") or "")
        self._changed = (
            {self._change(text): float(code) for code, text in reversed([*enumerate(categories)])}
            if self._change
            else {}
        )

    def encode(self, values: Any) -> Any:
        """Return the values as float64. Raises ValueError for one that the model cannot take."""
        codes = np.array([self._encode(value) for value in values], dtype=np.float64)
        if not self._nullable and np.isnan(codes).any():
            raise ValueError(f"A value of {self.name!r} is missing; the model needs all of them.")
        return codes

    def _encode(self, value: Any) -> float:
        if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
            return math.nan
        if isinstance(value, str):
            if self._type == "category":
                return self._find(value)
            if math.isnan(self._missing.get(normalise_text(value), 0.0)):
                return math.nan
        elif self._type == "boolean" and isinstance(value, bool | np.bool_):
            return float(value)
        elif self._type == "number" and not isinstance(value, bool | np.bool_):
            number = float(value)
            if abs(number) <= _LARGEST:
                return number
        raise ValueError(f"A value of {self.name!r} is {value!r:.60}; expected a {self._type}.")

    def _find(self, text: str) -> float:
        code = self._codes.get(text)
        if code is None:
            text = normalise_text(text)
            code = self._codes.get(text)
        if code is None and self._change:
            code = self._changed.get(self._change(text))
        return _UNSEEN if code is None else code


class MirroredModel:
    """A model that Modelgate's predictors serve."""

    def __init__(self, artefact: Path) -> None:
        described = json.loads(artefact.read_text("utf-8"))
        missing = described.get("missing_values") or []
        self._columns = [_Column(each, missing) for each in described["features"]]
        self._classes = described["classes"]
        self._has_probabilities = described["has_probabilities"]
        self._number_type = np.dtype(described.get("number_type", "float32"))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        self._session = onnxruntime.InferenceSession(
            str(artefact.with_name(described["model"]["name"])),
            options,
            providers=["CPUExecutionProvider"],
        )

    def predict(self, rows: Any, _params: Any = None) -> Any:
        """Return a table with the members of a response of `POST /predict`."""
        frame = pd.DataFrame(rows)
        encoded = np.empty((len(frame), len(self._columns)), dtype=np.float64)
        for index, column in enumerate(self._columns):
            found = frame[column.name] if column.name in frame else [None] * len(frame)
            encoded[:, index] = column.encode(found)
        outputs = self._run(encoded.astype(self._number_type))
        values = np.asarray(outputs[0]).ravel()[: len(frame)]
        if not self._classes:
            return pd.DataFrame({"prediction": values.astype(np.float64)})
        table = pd.DataFrame({"prediction": values.astype(np.int64)})
        table["label"] = [self._classes[index] for index in table["prediction"]]
        if self._has_probabilities:
            probabilities = np.asarray(outputs[1])[: len(frame)].astype(np.float64)
            table["probabilities"] = probabilities.tolist()
        return table

    def _run(self, rows: Any) -> Any:
        """Run the model. One row is padded to two, so that its answer is that of many."""
        if len(rows) == 1:
            rows = np.concatenate((rows, rows))
        name = self._session.get_inputs()[0].name
        return self._session.run(None, {name: rows})


def _load_pyfunc(path: str) -> MirroredModel:
    """Return the model whose artefact is at *path*: MLflow calls this."""
    return MirroredModel(Path(path))
