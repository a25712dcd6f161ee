"""Decide what the outputs of the model are: labels, probabilities, logits or numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import onnx

from shared.scoring.scorer_names import BINARY
from shared.text import join_some, quote
from trainer.brought_models.bare.bare_model import BareModel, Output, Port, show_ports
from trainer.brought_models.bare.class_order import ClassOrder, order_classes_of
from trainer.brought_models.bare.unfit_model import UnfitModelError

OutputKind: TypeAlias = Literal["logits", "probabilities", "value"]
OUTPUT_KINDS: tuple[OutputKind, ...] = ("logits", "probabilities", "value")
_NUMBERS = ("tensor(float)", "tensor(double)")
_LABELS = ("tensor(int64)", "tensor(int32)", "tensor(string)", "tensor(bool)")
_MAPS = ("seq(map(int64,tensor(float)))", "seq(map(string,tensor(float)))")
_SHAPES = frozenset({"Reshape", "Squeeze", "Flatten", "Identity", "Cast"})
"""Operators that do not change numbers."""
_SUM_TOLERANCE = 1e-3
"""How far the sum of probabilities may be from 1. Some runtimes add them in float32."""


@dataclass(frozen=True)
class Wish:
    """A person's statement about the outputs of the model."""

    output: OutputKind | None = None
    classes: tuple[str, ...] = ()
    """The classes in the order of the model's outputs; empty if nothing was said."""


@dataclass(frozen=True)
class OutputPlan:
    """The outputs by their indices, and their meaning."""

    kind: OutputKind | None
    """The meaning of the numbers; None if the model gives only labels."""
    label: int | None = None
    numbers: int | None = None
    """The output with probabilities, logits or values."""
    is_map: bool = False
    """Whether the numbers come as a sequence of maps, one for each row."""
    width: int = 1
    """The count of numbers for each row."""
    order: ClassOrder | None = None
    """None for a regression."""
    is_column: bool = False
    """Whether one number for each row comes with the shape [n, 1]."""


def plan_outputs(
    bare: BareModel, sample: Sequence[Output], classes: tuple[str, ...], wish: Wish
) -> OutputPlan:
    """Decide from the types of the outputs, the answers to *sample* rows, and the *wish*.

    *classes* are those of the data by index, or empty for a regression. Raises UnfitModelError if
    the outputs cannot be understood, or if they need a wish.
    """
    found = {
        kind: [i for i, port in enumerate(bare.outputs) if port.type in types]
        for kind, types in (("label", _LABELS), ("numbers", _NUMBERS), ("map", _MAPS))
    }
    counts = tuple(len(each) for each in found.values())
    if sum(counts) < len(bare.outputs):
        others = [port for port in bare.outputs if port.type not in (*_NUMBERS, *_LABELS, *_MAPS)]
        raise UnfitModelError(
            f"The outputs {show_ports(others)} have types that no prediction has. Labels may be "
            "integers, strings or booleans; probabilities and values are floats."
        )
    if not classes:
        return _plan_value(bare.outputs, counts, sample, wish)
    if counts not in {(1, 1, 0), (1, 0, 1), (1, 0, 0), (0, 1, 0), (0, 0, 1)}:
        raise UnfitModelError(
            f"The model has the outputs {show_ports(bare.outputs)}. A classifier may have a label, "
            "probabilities or logits, or a label and one of them: export only these."
        )
    label = next(iter(found["label"]), None)
    index = next(iter([*found["numbers"], *found["map"]]), None)
    if index is None:
        order = order_classes_of(bare.message, sample, label, None, classes, wished=wish.classes)
        return OutputPlan(None, label, order=order)
    if found["map"]:
        kind: OutputKind = "probabilities"
        width = len(_list_keys(bare.outputs[index], sample[index]))
    else:
        values = _as_matrix(bare.outputs[index], sample[index])
        width = values.shape[1]
        kind = _choose_kind(bare, bare.outputs[index], values, wish, has_label=label is not None)
    if width != len(classes) and (width, len(classes)) != (1, BINARY):
        raise UnfitModelError(
            f"The output {bare.outputs[index]} has {width} numbers for each row, but the target "
            f"has {len(classes)} classes: {join_some([*map(quote, classes)])}. HOLDOUT and "
            "FITTED_ON must have the classes that the model was fitted on."
        )
    maps = found["map"]
    order = order_classes_of(bare.message, sample, label, index, classes, wished=wish.classes)
    is_column = not maps and width == 1 and np.ndim(sample[index]) > 1
    return OutputPlan(kind, label, index, bool(maps), width, order, is_column)


def _plan_value(
    ports: Sequence[Port], counts: tuple[int, ...], sample: Sequence[Output], wish: Wish
) -> OutputPlan:
    if counts != (0, 1, 0):
        raise UnfitModelError(
            f"The model has the outputs {show_ports(ports)}, but the target is a regression. "
            "Export one output of floats, or set METRIC to one for classes."
        )
    if wish.output not in {None, "value"}:
        raise UnfitModelError(
            f"OUTPUT={wish.output} is for classes, but the target is a regression. "
            "Set OUTPUT=value."
        )
    width = _as_matrix(ports[0], sample[0]).shape[1]
    if width != 1:
        raise UnfitModelError(
            f"The output {ports[0]} has {width} numbers for each row, but the target is a "
            "regression. Export one number for each row, or set METRIC to one for classes."
        )
    return OutputPlan("value", None, 0)


def _choose_kind(
    bare: BareModel, port: Port, values: npt.NDArray[np.float64], wish: Wish, *, has_label: bool
) -> OutputKind:
    """Return the meaning of the numbers of a classifier: as proved, or as wished."""
    if wish.output == "value":
        raise UnfitModelError(
            "OUTPUT=value is for a regression, but the target has classes. "
            "Set OUTPUT=probabilities or OUTPUT=logits."
        )
    if wish.output == "logits":
        return "logits"
    if not np.isfinite(values).all():
        raise UnfitModelError(
            f"The output {port} is not finite for {int((~np.isfinite(values)).any(axis=1).sum())} "
            f"of {len(values)} rows of the data. Correct the model; missing values reach it as NaN."
        )
    is_wide = values.shape[1] > 1
    are_shares = bool(((values >= -_SUM_TOLERANCE) & (values <= 1 + _SUM_TOLERANCE)).all())
    if is_wide:
        are_shares &= bool((np.abs(values.sum(axis=1) - 1) <= _SUM_TOLERANCE).all())
    if wish.output == "probabilities" and not are_shares:
        raise UnfitModelError(
            f"OUTPUT=probabilities, but the output {port} has {_show(values[0])} for the first "
            f"row{'; the sum is not 1' if is_wide else ', which is not from 0 to 1'}. "
            "Set OUTPUT=logits, or export the model with its probabilities."
        )
    is_proved = are_shares and (is_wide or has_label or _ends_with_sigmoid(bare.message, port.name))
    if wish.output == "probabilities" or is_proved:
        return "probabilities"
    raise UnfitModelError(
        f"The output {port} may be logits or probabilities: it has {_show(values[0])} for the "
        "first row. Set OUTPUT=logits or OUTPUT=probabilities."
    )


def _ends_with_sigmoid(message: onnx.ModelProto, name: str) -> bool:
    """Report whether Sigmoid computes an output, perhaps in another shape."""
    sources = {output: node for node in message.graph.node for output in node.output}
    node = sources.get(name)
    while node is not None and node.op_type in _SHAPES:
        node = sources.get(node.input[0])
    return node is not None and node.op_type == "Sigmoid"


def _as_matrix(port: Port, output: Output) -> npt.NDArray[np.float64]:
    values = np.asarray(output)
    if values.ndim > 2 or values.ndim < 1 or not values.size:  # noqa: PLR2004 - rows and numbers
        raise UnfitModelError(
            f"The output {port} has the shape {values.shape} for {len(output)} rows. "
            "Export the model with one number, or one number of each class, for each row."
        )
    return values.reshape(len(values), -1).astype(np.float64)


def _list_keys(port: Port, rows: Output) -> list[object]:
    keys = list(rows[0])
    if not keys or any(list(row) != keys for row in rows):
        raise UnfitModelError(f"The maps of the output {port} have different keys in each row.")
    return keys


def _show(values: npt.NDArray[np.float64]) -> str:
    return join_some([f"{value:.4g}" for value in values])
