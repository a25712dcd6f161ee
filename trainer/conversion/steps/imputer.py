"""Convert SimpleImputer to ONNX.

The converter of skl2onnx 1.20 has three faults for numbers; no issue reports them:

- it drops the columns of `add_indicator=True` without an error;
- it keeps columns without values, which scikit-learn drops;
- for float64 it adds an operator that onnxruntime does not implement.
"""

from typing import Any

import numpy as np
from onnx import TensorProto
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, StringTensorType
from skl2onnx.operator_converters.imputer_op import convert_sklearn_imputer

from trainer.conversion.nodes.onnx_nodes import NodeBuilder


def convert_imputer(scope: Any, operator: Any, container: Any) -> None:
    """Convert a SimpleImputer, as skl2onnx calls a converter. skl2onnx converts strings itself."""
    imputer = operator.raw_operator
    if isinstance(operator.inputs[0].type, StringTensorType):
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
    columns = [_select(nodes, nodes.add("Where", [missing, fill, values]), ~np.isnan(statistics))]
    if imputer.indicator_ is not None:
        has_indicator = np.isin(np.arange(len(statistics)), imputer.indicator_.features_)
        indicators = _select(nodes, missing, has_indicator)
        element_type = TensorProto.DOUBLE if is_double else TensorProto.FLOAT
        columns.append(nodes.add("Cast", [indicators], to=element_type))
    output = operator.outputs[0].full_name
    nodes.add("Concat", columns, output, axis=1)


def set_imputer_shape(operator: Any) -> None:
    """Set the output's type, as skl2onnx calls a shape calculator."""
    imputer = operator.raw_operator
    input_type = type(operator.inputs[0].type)
    is_kept = input_type in (DoubleTensorType, StringTensorType)
    columns = len(imputer.get_feature_names_out())
    operator.outputs[0].type = (input_type if is_kept else FloatTensorType)([None, columns])


def _select(nodes: NodeBuilder, values: str, is_kept: Any) -> str:
    if is_kept.all():
        return values
    return nodes.add("Gather", [values, nodes.constant(np.flatnonzero(is_kept))], axis=1)
