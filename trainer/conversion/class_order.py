"""Put the labels and probabilities of a converted classifier into the order of the schema."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper


def reorder_classes(model: onnx.ModelProto, own_indices: Sequence[int] | None) -> None:
    """Translate the model's own class indices, in place.

    *own_indices* has, for each class of the schema, the model's own index; None: they are equal.
    The first output has labels. A second one has probabilities, with one column for each class.
    """
    if own_indices is None:
        return
    own = np.array(own_indices, dtype=np.int64)
    label, *probabilities = (output.name for output in model.graph.output)
    before = _rename(model.graph, label)
    _add_gather(model.graph, np.argsort(own), before, label, axis=0)
    for name in probabilities:
        before = _rename(model.graph, name)
        _add_gather(model.graph, own, before, name, axis=1)


def _rename(graph: onnx.GraphProto, name: str) -> str:
    """Give the value that an output returns another name, and return that."""
    before = f"{name}_as_fitted"
    for node in graph.node:
        for names in (node.input, node.output):
            names[:] = [before if each == name else each for each in names]
    return before


def _add_gather(
    graph: onnx.GraphProto, order: npt.NDArray[Any], before: str, name: str, *, axis: int
) -> None:
    """Add a Gather: of the table *order* by labels, or of columns of probabilities by *order*."""
    table = f"{name}_order"
    graph.initializer.append(numpy_helper.from_array(order, table))
    inputs = [table, before] if axis == 0 else [before, table]
    graph.node.append(helper.make_node("Gather", inputs, [name], axis=axis))
