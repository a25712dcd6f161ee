"""Convert KBinsDiscretizer and Binarizer to ONNX.

The converters of skl2onnx 1.20 have these faults; no issue reports them:

- both compare in float32, and KBinsDiscretizer returns float32 where float64 is needed;
- Binarizer of float64 gives 1 for a value that equals the threshold;
- `encode="onehot"`, the default, has no converter.
"""

from typing import Any

import numpy as np

from trainer.conversion.nodes.onnx_nodes import NodeBuilder, join_columns, number_type, tensor_type


def set_bins_shape(operator: Any) -> None:
    """Set the output's type, as skl2onnx calls a shape calculator."""
    width = len(operator.raw_operator.get_feature_names_out())
    operator.outputs[0].type = tensor_type(operator, width)


def convert_bins(scope: Any, operator: Any, container: Any) -> None:
    """Convert a KBinsDiscretizer, as skl2onnx calls a converter.

    The bin of a value is the number of inner edges that are not above it.
    """
    discretizer, nodes = operator.raw_operator, NodeBuilder(scope, container)
    number, element_type = number_type(operator)
    values = join_columns(nodes, operator)
    parts = []
    for index, edges in enumerate(discretizer.bin_edges_):
        inner = edges[1:-1].astype(number)[None, :]
        column = nodes.add("Gather", [values, nodes.constant(np.array([index]))], axis=1)
        is_above = nodes.add("GreaterOrEqual", [column, nodes.constant(inner)])
        counts = nodes.add("Cast", [is_above], to=element_type)
        bins = nodes.add("ReduceSum", [counts, nodes.constant(np.array([1]))], keepdims=1)
        if discretizer.encode != "ordinal":
            every = np.arange(len(edges) - 1, dtype=number)[None, :]
            bins = nodes.add("Equal", [bins, nodes.constant(every)])
            bins = nodes.add("Cast", [bins], to=element_type)
        parts.append(bins)
    nodes.add("Concat", parts, operator.outputs[0].full_name, axis=1)


def set_binarizer_shape(operator: Any) -> None:
    """Set the output's type, as skl2onnx calls a shape calculator."""
    width = operator.raw_operator.n_features_in_
    operator.outputs[0].type = tensor_type(operator, width)


def convert_binarizer(scope: Any, operator: Any, container: Any) -> None:
    """Convert a Binarizer, as skl2onnx calls a converter."""
    nodes = NodeBuilder(scope, container)
    number, element_type = number_type(operator)
    threshold = nodes.constant(np.array(operator.raw_operator.threshold, dtype=number))
    is_above = nodes.add("Greater", [join_columns(nodes, operator), threshold])
    nodes.add("Cast", [is_above], operator.outputs[0].full_name, to=element_type)
