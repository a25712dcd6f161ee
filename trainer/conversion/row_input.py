"""Let a converted pipeline read one tensor of rows, by columns, with categories as strings.

A served model takes rows in the encoding of `shared.inference.feature_encoding`. Its first nodes
turn them into the columns that the pipeline was fitted on: all numbers in one tensor, all
categories as strings in another. `shared.inference.dataframe` does the same for pandas.
A ColumnTransformer then takes its columns from these two tensors.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
from onnx import TensorProto
from skl2onnx._parse import _parse_sklearn  # skl2onnx has no public function for it
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, StringTensorType
from sklearn.base import BaseEstimator

from shared.contract.documents import Feature
from shared.inference.dataframe import MISSING_CATEGORY, UNSEEN_CATEGORY
from trainer.conversion.functions.column_layout import (
    Layout,
    Layouts,
    Place,
    consecutive,
    possible_strings,
)
from trainer.conversion.nodes.onnx_nodes import NodeBuilder


class RowInput(BaseEstimator):  # type: ignore[misc]  # sklearn ships no types
    """The first step of a pipeline during conversion. It is never fitted or run."""

    def __init__(
        self, features: Sequence[Feature], layouts: Layouts | None = None, *, wide: bool
    ) -> None:
        self.features = features
        self.layouts = Layouts() if layouts is None else layouts
        self.wide = wide
        self.number = np.float64 if wide else np.float32
        is_category = [feature.categories is not None for feature in features]
        self.columns = {
            value: [index for index, other in enumerate(is_category) if other == value]
            for value in sorted(set(is_category))
        }
        """Whether columns are categories -> their indices, in the order of the tensors."""

    @property
    def is_needed(self) -> bool:
        """Whether the pipeline cannot take the rows directly."""
        return True in self.columns

    def parse(self, scope: Any, _model: Any, inputs: Any, **_: Any) -> list[Any]:
        """Declare the tensors, as skl2onnx calls a parser."""
        operator = scope.declare_local_operator("ModelgateRowInput", self)
        operator.inputs = inputs
        number = DoubleTensorType if self.wide else FloatTensorType
        for is_category, indices in self.columns.items():
            type_ = (StringTensorType if is_category else number)([None, len(indices)])
            name = "categories" if is_category else "numbers"
            operator.outputs.append(scope.declare_local_variable(name, type_))
        places = {
            column: Place(tensor, index, possible_strings(self.features[column]))
            for tensor, indices in enumerate(self.columns.values())
            for index, column in enumerate(indices)
        }
        names = tuple(feature.name for feature in self.features)
        layout = Layout(tuple(places[index] for index in sorted(places)), names)
        self.layouts.set(operator.outputs, layout)
        return list(operator.outputs)

    def convert(self, scope: Any, operator: Any, container: Any) -> None:
        """Add the nodes, as skl2onnx calls a converter."""
        nodes = NodeBuilder(scope, container)
        columns = zip(self.columns.items(), operator.outputs, strict=True)
        for (is_category, indices), output in columns:
            name = operator.inputs[0].full_name
            if len(self.columns) > 1:
                name = nodes.add("Gather", [name, nodes.constant(np.array(indices))], axis=1)
            if is_category:
                name = _decode(
                    nodes, name, [self.features[index] for index in indices], self.number
                )
            nodes.add("Identity", [name], output.full_name)

    def parse_columns(
        self, scope: Any, model: Any, inputs: Any, custom_parsers: Any = None
    ) -> list[Any]:
        """Split a fitted ColumnTransformer into its steps, as skl2onnx calls a parser.

        The parser of skl2onnx 1.20 needs input tensors with the names of the columns, and replaces
        letters in these names (https://github.com/onnx/sklearn-onnx/issues/774, 785, 995). It also
        mixes up the order of columns that come from several tensors; no issue reports that.
        """
        outputs, saved = [], self.layouts.saved()
        layout = self.layouts.find(inputs) or _layout_of_array(model)
        for name, transformer, columns in model.transformers_:
            indices = model._transformer_to_input_indices[name]  # noqa: SLF001 - nothing public
            if (isinstance(transformer, str) and transformer == "drop") or not len(indices):
                continue
            part = Layout(
                tuple(layout.places[int(index)] for index in indices),
                None if layout.names is None else tuple(layout.names[int(i)] for i in indices),
                is_flat=isinstance(columns, str | int),
            )
            selected = _select(scope, inputs, part.places)
            self.layouts.set(selected, consecutive(part, selected))
            result = _parse_sklearn(scope, transformer, selected, custom_parsers=custom_parsers)[0]
            if name in (model.transformer_weights or {}):
                weight = model.transformer_weights[name]
                result = _declare(scope, "Multiply", [result], type(result.type)(), operand=weight)
            outputs.append(result)
        self.layouts.restore(saved)
        return [_concatenate(scope, outputs)]


def _layout_of_array(model: Any) -> Layout:
    """Return the layout of one tensor from another step, which may have given it names."""
    names = getattr(model, "feature_names_in_", None)
    places = tuple(Place(0, index) for index in range(model.n_features_in_))
    return Layout(places, None if names is None else tuple(names))


def _select(scope: Any, inputs: Any, places: Sequence[Place]) -> list[Any]:
    """Select columns in their order, with one tensor for each run of the same type."""
    return [
        _extract(scope, inputs[tensor], [place.index for place in run])
        for tensor, run in groupby(places, key=lambda place: place.tensor)
    ]


def _decode(
    nodes: NodeBuilder,
    codes: str,
    features: Sequence[Feature],
    number: type[np.floating[Any]],
) -> str:
    """Turn the codes of all columns into strings, by one table for all.

    The table has for each column: missing (code NaN), unseen (code -1), then its categories.
    """
    table, starts = list[str](), list[int]()
    for feature in features:
        table += [MISSING_CATEGORY, UNSEEN_CATEGORY]
        starts.append(len(table))
        table += feature.categories or ()
    missing = nodes.add("IsNaN", [codes])
    minus_two = nodes.constant(np.array(-2.0, dtype=number))
    codes = nodes.add("Where", [missing, minus_two, codes])
    codes = nodes.add("Cast", [codes], to=TensorProto.INT64)
    indices = nodes.add("Add", [codes, nodes.constant(np.array(starts))])
    return nodes.add("Gather", [nodes.constant(np.array(table, dtype=object)), indices])


def _extract(scope: Any, tensor: Any, indices: list[int]) -> Any:
    if indices == list(range(tensor.type.shape[1] or -1)):
        return tensor
    type_ = type(tensor.type)([None, len(indices)])
    return _declare(scope, "ArrayFeatureExtractor", [tensor], type_, column_indices=indices)


def _concatenate(scope: Any, tensors: list[Any]) -> Any:
    if len(tensors) == 1:
        return tensors[0]
    return _declare(scope, "Concat", tensors, type(tensors[0].type)([None, None]))


def _declare(scope: Any, kind: str, inputs: list[Any], type_: Any, **attributes: Any) -> Any:
    """Declare an operator of skl2onnx, and return its output."""
    operator = scope.declare_local_operator(f"Sklearn{kind}")
    operator.inputs = inputs
    vars(operator).update(attributes)
    operator.outputs.append(scope.declare_local_variable("columns", type_))
    return operator.outputs[0]
