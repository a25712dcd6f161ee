"""A pipeline that skl2onnx itself converts, as people export it."""

from typing import Any

import onnx
import pandas as pd
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def pipeline_by_columns(rows: dict[str, Any]) -> onnx.ModelProto:
    """Return a model with one input for each column, and maps as probabilities.

    *rows* has numbers and strings, and the target `y`.
    """
    frame = pd.DataFrame(rows)
    target = frame.pop("y")
    numbers = [name for name in frame if pd.api.types.is_numeric_dtype(frame[name])]
    strings = [name for name in frame if name not in numbers]
    encoders = (OneHotEncoder(handle_unknown="ignore"), strings)
    columns = make_column_transformer((StandardScaler(), numbers), encoders)
    pipeline = make_pipeline(columns, LogisticRegression()).fit(frame, target)
    types = [
        (name, (StringTensorType if name in strings else FloatTensorType)([None, 1]))
        for name in frame
    ]
    converted: onnx.ModelProto = convert_sklearn(pipeline, initial_types=types, target_opset=17)
    return converted
