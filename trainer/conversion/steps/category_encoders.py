"""Convert OneHotEncoder, OrdinalEncoder and TargetEncoder to ONNX, for strings and for numbers.

The converters of skl2onnx 1.20 have these faults; no issue reports them:

- they cast numbers to integers or float32, so that 2.5 is encoded as 2;
- an unknown number becomes 0 where `unknown_value` is 0 or NaN is a category;
- infrequent categories, and a TargetEncoder of three classes, have no converter.

Here the fitted encoder itself encodes each of its categories and an unknown one. The model holds
these results as a table, so every parameter of an encoder has its effect.
"""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from onnx import TensorProto
from scipy.sparse import issparse
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, StringTensorType
from sklearn.preprocessing import OneHotEncoder

from shared.inference.dataframe import UNSEEN_CATEGORY
from trainer.conversion.nodes.onnx_nodes import NodeBuilder, attribute_tensor
from trainer.conversion.nodes.operator_sets import ACCEPTED, DOMAIN


class EncoderConverter:
    """The converter of all encoders, for models that compute in float64 or in float32."""

    def __init__(self, *, is_wide: bool) -> None:
        self._number = np.float64 if is_wide else np.float32
        self._element_type = TensorProto.DOUBLE if is_wide else TensorProto.FLOAT
        self._tensor_type = DoubleTensorType if is_wide else FloatTensorType

    def set_shape(self, operator: Any) -> None:
        """Set the output's type, as skl2onnx calls a shape calculator."""
        width = sum(table.shape[1] for table in _tables(operator.raw_operator))
        operator.outputs[0].type = self._tensor_type([None, width])

    def convert(self, scope: Any, operator: Any, container: Any) -> None:
        """Add the nodes, as skl2onnx calls a converter."""
        encoder, nodes = operator.raw_operator, NodeBuilder(scope, container)
        is_one_hot = isinstance(encoder, OneHotEncoder)
        columns = _split_columns(nodes, operator.inputs)
        parts = []
        for categories, table in zip(encoder.categories_, _tables(encoder), strict=True):
            column, is_string = next(columns)
            if not table.shape[1]:
                continue
            code = self._encode(nodes, column, categories, is_string=is_string)
            encode = self._one_hot if is_one_hot else self._look_up
            parts.append(encode(nodes, code, table))
        nodes.add("Concat", parts, operator.outputs[0].full_name, axis=1)

    def _encode(self, nodes: NodeBuilder, column: str, categories: Any, *, is_string: bool) -> str:
        """Return the row of the table for each value, int64 [n, 1]: 0 for an unknown one."""
        keys = categories if is_string else np.asarray(categories, dtype=np.float64)
        if not is_string and self._number is np.float32:
            column = nodes.add("Cast", [column], to=TensorProto.DOUBLE)
            keys = keys.astype(np.float32).astype(np.float64)
        return nodes.add(
            "LabelEncoder",
            [column],
            op_domain=DOMAIN,
            op_version=ACCEPTED,
            keys_tensor=attribute_tensor(np.array(keys, dtype=object if is_string else np.float64)),
            values_tensor=attribute_tensor(np.arange(1, len(categories) + 1)),
            default_tensor=attribute_tensor(np.zeros(1, dtype=np.int64)),
        )

    def _look_up(self, nodes: NodeBuilder, code: str, table: npt.NDArray[np.float64]) -> str:
        values = nodes.constant(table.astype(self._number))
        encoded = nodes.add("Gather", [values, code])
        return nodes.add("Reshape", [encoded, nodes.constant(np.array([-1, table.shape[1]]))])

    def _one_hot(self, nodes: NodeBuilder, code: str, table: npt.NDArray[np.float64]) -> str:
        """Return 1 in one of the columns, or only zeros.

        The place of the 1 is stored, because the table would be large.
        """
        places = np.where(table.any(axis=1), table.argmax(axis=1), -1)
        if not np.array_equal(places, np.arange(-1, table.shape[1])):
            code = nodes.add("Gather", [nodes.constant(places), code])
            targets = np.arange(table.shape[1])
        else:
            targets = np.arange(1, table.shape[1] + 1)
        is_hot = nodes.add("Equal", [code, nodes.constant(targets[None, :])])
        return nodes.add("Cast", [is_hot], to=self._element_type)


def _split_columns(nodes: NodeBuilder, inputs: Any) -> Iterator[tuple[str, bool]]:
    """Yield each column as a tensor [n, 1], and whether it contains strings."""
    for tensor in inputs:
        is_string = isinstance(tensor.type, StringTensorType)
        width = tensor.type.shape[1]
        for index in range(width):
            column = tensor.full_name
            if width > 1:
                column = nodes.add("Gather", [column, nodes.constant(np.array([index]))], axis=1)
            yield column, is_string


def _tables(encoder: Any) -> list[npt.NDArray[np.float64]]:
    """Return for each column what an unknown value becomes, then what each category becomes."""
    categories = encoder.categories_
    longest = max(len(values) for values in categories)
    columns = {
        index: pd.Series(
            [_unknown_value(values), *values, *[values[0]] * (longest - len(values))],
            dtype=np.result_type(values, np.float32) if values.dtype.kind in "iuf" else object,
        )
        for index, values in enumerate(categories)
    }
    frame = pd.DataFrame(columns)
    if hasattr(encoder, "feature_names_in_"):
        frame.columns = pd.Index(encoder.feature_names_in_, dtype=object)
    encoded = _encode_with_unknown(encoder, frame)
    if isinstance(encoder, OneHotEncoder):
        widths = encoder._n_features_outs  # noqa: SLF001 - nothing public
    else:
        widths = [encoded.shape[1] // len(categories)] * len(categories)
    parts = np.split(encoded, np.cumsum(widths)[:-1], axis=1)
    return [part[: 1 + len(values)] for part, values in zip(parts, categories, strict=True)]


def _unknown_value(categories: npt.NDArray[Any]) -> Any:
    if categories.dtype.kind in "iuf":
        finite = categories[np.isfinite(categories)].astype(np.float64)
        return np.nextafter(finite.max(initial=0.0), np.inf)
    known = set(categories.tolist())
    return next(
        value for n in range(len(known) + 1) if (value := UNSEEN_CATEGORY * (n + 1)) not in known
    )


def _encode_with_unknown(encoder: Any, frame: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Encode *frame*, whose first row is unknown in each column.

    If unknown values are an error, this row becomes zeros: the proof finds whether a row that
    /predict accepts needs it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # unknown categories are on purpose
        try:
            return _dense(encoder.transform(frame))
        except ValueError:
            known = _dense(encoder.transform(frame.iloc[1:]))
            return np.concatenate((np.zeros((1, known.shape[1])), known))


def _dense(encoded: Any) -> npt.NDArray[np.float64]:
    return np.asarray(encoded.toarray() if issparse(encoded) else encoded, dtype=np.float64)
