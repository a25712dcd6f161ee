"""Convert a FunctionTransformer, and the transformers of classes that are not a library's.

Their operations are recorded with proxies for rows, and served without their code.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, StringTensorType
from sklearn.preprocessing import FunctionTransformer

from shared.errors import ModelgateError
from trainer.candidates.estimator_text import describe_error
from trainer.conversion.expressions.emission import Emission, split_by_type
from trainer.conversion.expressions.expression import FLOAT, STRING, Node
from trainer.conversion.expressions.refusal import (
    AllRowsError,
    UnrecordedError,
    all_rows_error,
    step_error,
)
from trainer.conversion.functions.column_layout import Layout, Layouts, Place, is_string
from trainer.conversion.functions.guards import Guards
from trainer.conversion.functions.place import describe_place
from trainer.conversion.nodes.onnx_nodes import NodeBuilder
from trainer.conversion.recording.recorder import Recording, record
from trainer.conversion.recording.times import without_answer


class FunctionSteps:
    """The parser, shape calculator and converter of these steps, as skl2onnx calls them."""

    def __init__(self, layouts: Layouts, guards: Guards, strings: Sequence[str]) -> None:
        self._layouts = layouts
        self._guards = guards
        self._strings = tuple(dict.fromkeys(strings))
        """The strings that any column may have."""

    def parse(self, scope: Any, model: Any, inputs: Any, **_: Any) -> list[Any]:
        """Declare the operator. If the columns are known, also the types of the results."""
        operator = scope.declare_local_operator("ModelgateFunction", model)
        operator.inputs = inputs
        layout = self._layouts.find(inputs)
        if layout is None:
            type_ = type(inputs[0].type)([None, None])
            operator.outputs.append(scope.declare_local_variable("result", type_))
            return list(operator.outputs)
        step = _Step(model, inputs, layout)
        operator.function_step = step
        places = list[Place]()
        for tensor, result in enumerate(step.results):
            variable = scope.declare_local_variable("result", step.type_of(result))
            operator.outputs.append(variable)
            columns = enumerate(result.columns)
            places += [Place(tensor, index, column.domain) for index, column in columns]
        self._layouts.set(operator.outputs, Layout(tuple(places), step.names))
        return list(operator.outputs)

    def set_shape(self, operator: Any) -> None:
        """Set the type of the result, where the parser could not know it."""
        if not hasattr(operator, "function_step"):
            operator.function_step = _Step(
                operator.raw_operator, operator.inputs, self._guess_layout(operator)
            )
        step = operator.function_step
        if len(step.results) != len(operator.outputs):
            raise step_error(step.what, "numbers and strings together leave it here")
        for result, output in zip(step.results, operator.outputs, strict=True):
            output.type = step.type_of(result)

    def convert(self, scope: Any, operator: Any, container: Any) -> None:
        """Add the nodes."""
        step, nodes = operator.function_step, NodeBuilder(scope, container)
        names = dict[Node, str]()
        for tensor, variable in zip(step.tensors, operator.inputs, strict=True):
            is_narrow = isinstance(variable.type, FloatTensorType)
            name = variable.full_name
            names[tensor] = nodes.cast(name, FLOAT) if is_narrow else name
        emission = Emission(nodes, names)
        try:
            found = [emission.add_result(result) for result in step.results]
            for refused in step.refused:
                self._guards.add_refused(emission.add_result(without_answer(refused)))
        except UnrecordedError as error:
            raise step_error(step.what, f"it uses {error}") from error
        for name, result, output in zip(found, step.results, operator.outputs, strict=True):
            if result.dtype == STRING:
                nodes.add("Identity", [name], output.full_name)
                continue
            if _may_be_infinite(result, set()):
                self._guards.add(nodes, name)
            nodes.add(
                "Cast",
                [name],
                output.full_name,
                to=output.type.to_onnx_type().tensor_type.elem_type,
            )

    def _guess_layout(self, operator: Any) -> Layout:
        """Return the columns of tensors that come from other steps."""
        model, inputs = operator.raw_operator, operator.inputs
        known = self._layouts.find(inputs)
        if known is not None:
            return known
        places = [
            Place(tensor, index, self._strings if is_string(variable) else ())
            for tensor, variable in enumerate(inputs)
            for index in range(variable.type.shape[1])
        ]
        names = getattr(model, "feature_names_in_", None)
        return Layout(tuple(places), None if names is None else tuple(names))


class _Step:
    """One step with the results that were recorded."""

    def __init__(self, model: Any, inputs: Sequence[Any], layout: Layout) -> None:
        self.what = describe_step(model)
        self._number = FloatTensorType
        if not any(isinstance(variable.type, FloatTensorType) for variable in inputs):
            self._number = DoubleTensorType
        self.tensors = [_tensor(index, variable, layout) for index, variable in enumerate(inputs)]
        columns = [
            Node("select", (self.tensors[place.tensor],), 1, STRING, (place.index,), place.strings)
            if place.strings
            else self.tensors[place.tensor].column(place.index)
            for place in layout.places
        ]
        if getattr(model, "validate", False):  # it gets an array
            layout = replace(layout, names=None, is_flat=False)
        recording = record_step(self.what, _function(model), columns, layout)
        self.results = list(split_by_type(recording.columns))
        self.refused = recording.refused
        self.names = None if recording.names is None else tuple(recording.names)

    def type_of(self, result: Node) -> Any:
        """Return the type of a result for skl2onnx."""
        return (StringTensorType if result.dtype == STRING else self._number)([None, result.width])


def _tensor(index: int, variable: Any, layout: Layout) -> Node:
    width = variable.type.shape[1]
    if not is_string(variable):
        return Node("tensor", (), width, FLOAT)
    strings = [text for place in layout.places if place.tensor == index for text in place.strings]
    return Node("tensor", (), width, STRING, domain=tuple(dict.fromkeys(strings)))


def record_step(
    what: str, function: Callable[[Any], Any], columns: Sequence[Node], layout: Layout
) -> Recording:
    """Record a function; raise ExportError that names *what* if it cannot be served."""
    try:
        return record(function, columns, layout.names, is_flat=layout.is_flat)
    except AllRowsError as error:
        raise all_rows_error(what, f"it uses {error}{describe_place(error)}") from error
    except UnrecordedError as error:
        raise step_error(what, f"it uses {error}{describe_place(error)}") from error
    except ModelgateError:
        raise
    except Exception as error:  # a user's function may raise anything
        reason = describe_error(error)
        raise step_error(what, f"it cannot be followed without rows ({reason})") from error


def describe_step(model: Any) -> str:
    """Name a function or class of the user."""
    if not isinstance(model, FunctionTransformer):
        return f"its class {type(model).__name__}"
    name = getattr(model.func, "__name__", type(model.func).__name__)
    return "its lambda function" if name == "<lambda>" else f"its function {name}"


def _function(model: Any) -> Callable[[Any], Any]:
    if not isinstance(model, FunctionTransformer):
        return model.transform  # type: ignore[no-any-return]  # a method of any class
    if model.func is None:
        return lambda rows: rows
    return partial(model.func, **(model.kw_args or {}))


def _may_be_infinite(node: Node, seen: set[Node]) -> bool:
    """Return whether finite numbers may become infinite or missing here."""
    if node in seen:
        return False
    seen.add(node)
    return node.kind not in _FINITE or any(_may_be_infinite(inner, seen) for inner in node.inputs)


_FINITE = frozenset({
    "tensor", "constant", "select", "join", "cast", "where", "look_up", "matmul", "add",
    "subtract", "multiply", "negative", "absolute", "maximum", "minimum", "floor", "ceil", "rint",
    "sign", "equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "logical_and",
    "logical_or", "logical_not", "bitwise_and", "bitwise_or", "invert", "isnan", "isfinite",
    "tanh",
})  # fmt: skip
