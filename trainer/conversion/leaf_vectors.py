"""Sum vectors of leaves in an ONNX model, such as the fractions of the classes in a forest.

The operator `TreeEnsemble` has one value for each leaf. So its value is the index of a vector. The
next nodes look the vectors up in a table, and add them in the order of the trees. A copy of each
tree for each class was three times slower for five classes.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from trainer.conversion.nodes.onnx_nodes import NodeBuilder
from trainer.conversion.tree_ensembles import Tree, add_trees, read_rows

_TERMS_OF_A_ROW = 512
"""Numbers that are held for a row at the same time. More trees are added in several steps."""
_LARGEST_INDEX = 2**24
"""Larger integers are not exact in float32."""


def add_vector_sums(
    nodes: NodeBuilder,
    operator: Any,
    trees: Sequence[Tree],
    vectors: Sequence[npt.NDArray[np.float64]],
) -> str:
    """Return the name of the sums, float64 [n, k], for the vectors of each tree, [leaves, k]."""
    table, positions = np.unique(np.concatenate(vectors), axis=0, return_inverse=True)
    ends = np.cumsum([len(values) for values in vectors])
    number = np.float32 if len(table) < _LARGEST_INDEX else np.float64
    rows = read_rows(nodes, operator, np.float32, number)
    indices = np.split(positions.ravel(), ends[:-1])
    trees = [replace(tree, leaf_values=index) for tree, index in zip(trees, indices, strict=True)]
    size = max(1, _TERMS_OF_A_ROW // table.shape[1])
    blocks = [trees[start : start + size] for start in range(0, len(trees), size)]
    constants = {
        "table": nodes.constant(table),
        "axis": nodes.constant(np.array(1)),
        "last": nodes.constant(np.array(-1)),
        "last of a block": nodes.constant(np.array([-1])),
    }
    total = ""
    for block in blocks:
        columns = [replace(tree, outputs=column) for column, tree in enumerate(block)]
        index = add_trees(nodes, rows, columns, outputs=len(block), number=number)
        terms = nodes.add("Gather", [constants["table"], nodes.cast(index, np.int32)], axis=0)
        if total:
            terms = nodes.add("Concat", [total, terms], axis=1)
        if total or len(block) > 1:
            terms = nodes.add("CumSum", [terms, constants["axis"]])
        last = "last" if block is blocks[-1] else "last of a block"
        total = nodes.add("Gather", [terms, constants[last]], axis=1)
    return total
