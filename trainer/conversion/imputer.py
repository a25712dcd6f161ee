"""SimpleImputer to ONNX, for numbers: also in float64, with indicators and empty columns.

skl2onnx's own knows float32 alone, and leaves indicators out without a word.
"""

from typing import Any

import numpy as np
from onnx import TensorProto
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, StringTensorType
from skl2onnx.operator_converters.imputer_op import convert_sklearn_imputer

from trainer.conversion.onnx_nodes import NodeBuilder


def convert_imputer(scope: Any, operator: Any, container: Any) -> None:
    """A converter in skl2onnx's form; texts are left to skl2onnx."""
    imputer = operator.raw_operator
    if _reads_texts(operator):
        if imputer.indicator_ is not None:
            raise NotImplementedError("add_indicator=True has no converter for categories")
        convert_sklearn_imputer(scope, operator, container)
        return
    nodes = NodeBuilder(scope, container)
    is_double = isinstance(operator.inputs[0].type, DoubleTensorType)
    number = np.float64 if is_double else np.float32
    names = [tensor.full_name for tensor in operator.inputs]
    values = names[0] if len(names) == 1 else nodes.add("Concat", names, axis=1)
    if np.isnan(imputer.missing_values):
        missing = nodes.add("IsNaN", [values])
    else:
        missing = nodes.add(
            "Equal", [values, nodes.constant(np.array(imputer.missing_values, dtype=number))]
        )
    statistics = imputer.statistics_.astype(np.float64)
    fill = nodes.constant(statistics.astype(number))
    parts = [_columns(nodes, nodes.add("Where", [missing, fill, values]), ~np.isnan(statistics))]
    if imputer.indicator_ is not None:
        is_shown = np.isin(np.arange(len(statistics)), imputer.indicator_.features_)
        shown = _columns(nodes, missing, is_shown)
        kind = TensorProto.DOUBLE if is_double else TensorProto.FLOAT
        parts.append(nodes.add("Cast", [shown], to=kind))
    output = operator.outputs[0].full_name
    nodes.add("Concat", parts, output, axis=1)


def set_imputer_shape(operator: Any) -> None:
    """The shape of its output, in skl2onnx's form of a shape calculator."""
    imputer = operator.raw_operator
    kind = type(operator.inputs[0].type)
    is_double = kind is DoubleTensorType
    number = StringTensorType if _reads_texts(operator) else FloatTensorType
    columns = len(imputer.get_feature_names_out())
    operator.outputs[0].type = (DoubleTensorType if is_double else number)([None, columns])


def _reads_texts(operator: Any) -> bool:
    return isinstance(operator.inputs[0].type, StringTensorType)


def _columns(nodes: NodeBuilder, values: str, is_kept: Any) -> str:
    if is_kept.all():
        return values
    return nodes.add("Gather", [values, nodes.constant(np.flatnonzero(is_kept))], axis=1)
