"""How a converted pipeline reads the one tensor of rows: by columns, with texts again.

The served model takes rows as `shared.inference.feature_encoding` holds them. What it begins with
makes of them what the pipeline was fitted on, as `shared.inference.dataframe` does for pandas: all
numbers in one tensor, the texts of all categories in another. A ColumnTransformer then takes its
columns from these.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
from onnx import TensorProto
from skl2onnx._parse import _parse_sklearn  # a parser is given no other way to go on
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, StringTensorType
from sklearn.base import BaseEstimator

from shared.contract.documents import Feature
from shared.inference.dataframe import MISSING_CATEGORY, UNSEEN_CATEGORY
from trainer.conversion.onnx_nodes import NodeBuilder


class RowInput(BaseEstimator):  # type: ignore[misc]  # sklearn ships no types
    """The first step of a pipeline that is converted, never fitted or run itself."""

    def __init__(self, features: Sequence[Feature], *, wide: bool) -> None:
        self.features = features
        self.wide = wide
        is_text = [feature.categories is not None for feature in features]
        self.kinds = {
            kind: [place for place, text in enumerate(is_text) if text == kind]
            for kind in sorted(set(is_text))
        }
        """Whether the columns are texts -> their places; in the order of the tensors."""
        self.tensors: list[Any] = []

    @property
    def is_needed(self) -> bool:
        """Whether the rows are anything else than what the pipeline can take as they are."""
        return self.wide or True in self.kinds

    def parse(self, scope: Any, _model: Any, inputs: Any, **_: Any) -> list[Any]:
        """Declare the tensors, in skl2onnx's form of a parser."""
        operator = scope.declare_local_operator("ModelgateRowReader", self)
        operator.inputs = inputs
        number = DoubleTensorType if self.wide else FloatTensorType
        for is_text, places in self.kinds.items():
            kind = StringTensorType if is_text else number
            name = "texts" if is_text else "numbers"
            operator.outputs.append(scope.declare_local_variable(name, kind([None, len(places)])))
        self.tensors = list(operator.outputs)
        return self.tensors

    def convert(self, scope: Any, operator: Any, container: Any) -> None:
        """Add the nodes, in skl2onnx's form of a converter."""
        nodes = NodeBuilder(scope, container)
        for (is_text, places), output in zip(self.kinds.items(), operator.outputs, strict=True):
            name = operator.inputs[0].full_name
            if len(self.kinds) > 1:
                name = nodes.add("Gather", [name, nodes.constant(np.array(places))], axis=1)
            if is_text:
                name = _texts(nodes, name, [self.features[place] for place in places])
            elif self.wide:
                name = nodes.add("Cast", [name], to=TensorProto.DOUBLE)
            nodes.add("Identity", [name], output.full_name)

    def parse_columns(
        self, scope: Any, model: Any, inputs: Any, custom_parsers: Any = None
    ) -> list[Any]:
        """Take a fitted ColumnTransformer apart, in skl2onnx's form of a parser.

        skl2onnx's own takes columns of several tensors in another order than they are named, and
        needs tensors that are called as the columns, which may have any name.
        """
        outputs = []
        for name, transformer, _columns in model.transformers_:
            places = model._transformer_to_input_indices[name]  # noqa: SLF001 - nothing public
            if (isinstance(transformer, str) and transformer == "drop") or not len(places):
                continue
            selected = self._select(scope, inputs, [int(place) for place in places])
            result = _parse_sklearn(scope, transformer, selected, custom_parsers=custom_parsers)[0]
            if name in (model.transformer_weights or {}):
                result = _multiplied(scope, result, model.transformer_weights[name])
            outputs.append(result)
        return [_joined(scope, outputs)]

    def _select(self, scope: Any, inputs: Any, places: list[int]) -> list[Any]:
        """The columns at *places* in their order: one tensor, or several where kinds differ."""
        if inputs == self.tensors:
            where = {
                place: (tensor, index)
                for tensor, columns in enumerate(self.kinds.values())
                for index, place in enumerate(columns)
            }
        else:
            where = {place: (0, place) for place in places}
        return [
            _extracted(scope, inputs[tensor], [where[place][1] for place in run])
            for tensor, run in groupby(places, key=lambda place: where[place][0])
        ]


def _texts(nodes: NodeBuilder, codes: str, features: Sequence[Feature]) -> str:
    """The texts of all columns at once, from one table: missing, unseen, then the categories."""
    table, starts = list[str](), list[int]()
    for feature in features:
        table += [MISSING_CATEGORY, UNSEEN_CATEGORY]
        starts.append(len(table))
        table += feature.categories or ()
    missing = nodes.add("IsNaN", [codes])
    minus_two = nodes.constant(np.array(-2.0, dtype=np.float32))
    codes = nodes.add("Where", [missing, minus_two, codes])
    codes = nodes.add("Cast", [codes], to=TensorProto.INT64)
    places = nodes.add("Add", [codes, nodes.constant(np.array(starts))])
    return nodes.add("Gather", [nodes.constant(np.array(table, dtype=object)), places])


def _extracted(scope: Any, tensor: Any, indices: list[int]) -> Any:
    if indices == list(range(tensor.type.shape[1] or -1)):
        return tensor
    operator = scope.declare_local_operator("SklearnArrayFeatureExtractor")
    operator.inputs = [tensor]
    operator.column_indices = indices
    kind = type(tensor.type)([None, len(indices)])
    operator.outputs.append(scope.declare_local_variable("columns", kind))
    return operator.outputs[0]


def _multiplied(scope: Any, tensor: Any, weight: float) -> Any:
    operator = scope.declare_local_operator("SklearnMultiply")
    operator.inputs.append(tensor)
    operator.operand = weight
    operator.outputs.append(scope.declare_local_variable("multiplied", type(tensor.type)()))
    return operator.outputs[0]


def _joined(scope: Any, tensors: list[Any]) -> Any:
    if len(tensors) == 1:
        return tensors[0]
    operator = scope.declare_local_operator("SklearnConcat")
    operator.inputs = tensors
    operator.outputs.append(
        scope.declare_local_variable("joined", type(tensors[0].type)([None, None]))
    )
    return operator.outputs[0]
