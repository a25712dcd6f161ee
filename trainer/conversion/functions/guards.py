"""Give no answer for rows that the fitted pipeline refuses after a function of the user.

A function may return infinity or NaN, such as a ratio of 1 and 0. scikit-learn raises an error for
such a row in the next step. A few functions raise an error themselves, such as `pd.to_datetime`.
A served model adds NaN to its answer instead, which no predictor sends.
"""

from enum import Enum

import numpy as np
import onnx
from onnx import TensorProto, helper

from trainer.conversion.nodes.onnx_nodes import NodeBuilder


class Refused(Enum):
    """The results of a function for which the model gives no answer."""

    INFINITE = "infinite"
    """As scikit-learn, if the next step takes missing values."""
    NOT_FINITE = "infinite or NaN"
    NOTHING = "nothing"
    """As LightGBM."""


class Guards:
    """The values of one model that are NaN for a row without an answer, and 0 for others."""

    def __init__(self, refused: Refused) -> None:
        self._refused = refused
        self._names = list[str]()

    def add(self, nodes: NodeBuilder, result: str) -> None:
        """Add the guard of a result, float64 [n, width]."""
        if self._refused is Refused.NOTHING:
            return
        zero = nodes.constant(np.array(0.0))
        if self._refused is Refused.INFINITE:
            result = nodes.add("Where", [nodes.add("IsNaN", [result]), zero, result])
        zeros = nodes.add("Mul", [result, zero])  # infinity times 0 is NaN
        axis = nodes.constant(np.array([1]))
        self._names.append(nodes.add("ReduceSum", [zeros, axis], keepdims=1))

    def add_refused(self, name: str) -> None:
        """Add a value: NaN for rows on which the function raises an error, and 0 for others."""
        self._names.append(name)

    def apply(self, model: onnx.ModelProto) -> None:
        """Add the guards to the numbers and probabilities that the model returns, in place."""
        graph = model.graph
        for output in graph.output if self._names else ():
            type_ = output.type.tensor_type.elem_type
            if type_ not in {TensorProto.FLOAT, TensorProto.DOUBLE}:
                continue
            value = f"{output.name}_before_guards"
            for node in graph.node:
                for names in (node.input, node.output):
                    names[:] = [value if name == output.name else name for name in names]
            for number, guard in enumerate(self._names):
                cast, total = (f"{output.name}_{kind}_{number}" for kind in ("guard", "guarded"))
                if number + 1 == len(self._names):
                    total = output.name
                graph.node.extend(
                    [
                        helper.make_node("Cast", [guard], [cast], name=cast, to=type_),
                        helper.make_node("Add", [value, cast], [total], name=f"{total}_sum"),
                    ]
                )
                value = total
