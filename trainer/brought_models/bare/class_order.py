"""Find out which class each output and each label of the model means."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import onnx

from shared.inference.text_form import normalise_text
from shared.prediction_log.true_value import find_true_value, name_class
from shared.text import join_some, quote
from trainer.brought_models.bare.unfit_model import UnfitModelError

LabelOfModel: TypeAlias = int | str
_BOOLEANS = {name_class(value) for value in (False, True)}
_LISTS = ("classlabels_int64s", "classlabels_ints", "classlabels_strings")
"""The attributes of the operators of ai.onnx.ml that list the labels."""


@dataclass(frozen=True)
class ClassOrder:
    """The outputs and labels of the model, in the order of the classes of the data."""

    columns: tuple[int, ...]
    """For each class of the data, the index of its number among the model's numbers."""
    labels: tuple[LabelOfModel, ...]
    """For each class of the data, the label that the model gives."""
    note: str = ""
    """A sentence about an order that was assumed."""


def order_classes_of(
    message: onnx.ModelProto,
    sample: Sequence[Any],
    label: int | None,
    numbers: int | None,
    classes: tuple[str, ...],
    *,
    wished: tuple[str, ...],
) -> ClassOrder:
    """Return the order: as given, as the model lists it, as its answers show it, or as assumed.

    Args:
        message: The model.
        sample: Its outputs for some rows.
        label: The index of the output with labels, if there is one.
        numbers: The index of the output with probabilities or logits, if there is one.
        classes: The classes of the data by index, at least two.
        wished: The classes in the order of the outputs, if a person gave it.

    Raises:
        UnfitModelError: The model knows other classes, or the order must be given.
    """
    if wished and sorted(wished) != sorted(classes):
        raise UnfitModelError(
            f"CLASSES has {_show(wished)}, but the target has {_show(classes)}. "
            "Name each class once, in the order of the model's outputs."
        )
    given = None if numbers is None else sample[numbers]
    listed = _list_labels(message, given)
    if label is None:
        return _assume(classes, wished) if listed is None else match_labels(listed, classes, wished)
    found = read_labels(sample[label])
    observed = _observe_labels(found, given)
    if listed is None or not {*found} <= {*listed}:  # the list may be that of an inner model
        listed = observed
    elif observed is not None and observed != listed:
        listed = _settle(listed, observed, classes, wished)
    if listed is not None:
        return match_labels(listed, classes, wished)
    return _name_labels(_assume(classes, wished), found, classes)


def read_labels(output: Any) -> list[LabelOfModel]:
    """Return the labels of an output, one for each row: integers or strings."""
    values = np.asarray(output).reshape(len(output), -1)[:, 0]
    labels = values if values.dtype.kind in "OUS" else values.astype(np.int64)
    return list(labels.tolist())


def _settle(
    listed: list[LabelOfModel],
    observed: list[LabelOfModel],
    classes: tuple[str, ...],
    wished: tuple[str, ...],
) -> list[LabelOfModel]:
    """Return the order that a person gave. Raises UnfitModelError if none was given."""
    for labels in (listed, observed):
        if [_find_class(label, classes) for label in labels] == [*wished]:
            return labels
    raise UnfitModelError(
        f"The model lists the labels {_show(listed)}, but the label of its largest number shows "
        f"the order {_show(observed)}. Set CLASSES to the classes in the order of its numbers."
    )


def _name_labels(
    order: ClassOrder, found: Sequence[LabelOfModel], classes: tuple[str, ...]
) -> ClassOrder:
    """Return *order* with the labels of a model that lists none: names, numbers or indices."""
    if isinstance(found[0], str):
        return replace(order, labels=classes)
    numbers = [number for number in {*found, 0, 1} if _find_class(number, classes)]
    by_class = {_find_class(number, classes): number for number in numbers}
    if _are_numbers(classes):
        by_class = {name: int(name) for name in classes}
    if by_class.keys() >= {*classes}:
        return replace(order, labels=tuple(by_class[name] for name in classes))
    return order


def match_labels(
    listed: Sequence[LabelOfModel], classes: tuple[str, ...], wished: tuple[str, ...]
) -> ClassOrder:
    """Match the labels of the model, in the order of its numbers, with the classes.

    Raises UnfitModelError if only the model, or only the data, has one of them.
    """
    names = [_find_class(label, classes) for label in listed]
    if None in names and list(listed) == list(range(len(classes))):
        given = _assume(classes, wished)  # the labels are indices
        columns = given.columns
        return ClassOrder(columns, tuple(listed[column] for column in columns), given.note)
    unknown = [c for c in classes if c not in names]
    if unknown:
        raise UnfitModelError(
            f"The model does not know the classes {_show(unknown)} of the target. "
            f"Its labels are {_show(listed)}."
        )
    if None in names or len(set(names)) < len(names):
        others = [label for label, name in zip(listed, names, strict=True) if name is None]
        raise UnfitModelError(
            f"The model gives the labels {_show(others or listed)} too, but no row of HOLDOUT or "
            f"FITTED_ON has such a class: the target has {_show(classes)}. Add rows of them to "
            "FITTED_ON."
        )
    if wished and [*wished] != names:
        raise UnfitModelError(
            f"CLASSES has the order {_show(wished)}, but the model lists {_show(listed)}. "
            "Leave CLASSES unset."
        )
    columns = tuple(names.index(name) for name in classes)
    return ClassOrder(columns, tuple(listed[column] for column in columns))


def _assume(classes: tuple[str, ...], wished: tuple[str, ...]) -> ClassOrder:
    """Return the order that was given, or the sorted one, with a sentence about it."""
    if not wished and not _are_in_order(classes):
        raise UnfitModelError(
            f"The model does not say which of its outputs is which class of {_show(classes)}. "
            "Set CLASSES to the classes in the order of the outputs."
        )
    order = wished or classes
    columns = tuple(order.index(name) for name in classes)
    note = (
        ""
        if wished
        else (
            f"the outputs of the model are taken as the classes {_show(order)} in this order; set "
            "CLASSES if they have another order"
        )
    )
    return ClassOrder(columns, columns, note)


def _list_labels(message: onnx.ModelProto, numbers: Any) -> list[LabelOfModel] | None:
    """Return the labels that the operators of the model list; None if none or several do."""
    if isinstance(numbers, list):
        return list(numbers[0])
    width = None if numbers is None else np.asarray(numbers).reshape(len(numbers), -1).shape[1]
    lists = {labels for labels in _read_lists(message) if width in {None, 1, len(labels)}}
    return list(lists.pop()) if len(lists) == 1 else None


def _read_lists(message: onnx.ModelProto) -> Iterator[tuple[LabelOfModel, ...]]:
    for node in message.graph.node:
        for attribute in node.attribute:
            if attribute.name in _LISTS:
                strings = tuple(each.decode("utf-8", "replace") for each in attribute.strings)
                if labels := strings or tuple(attribute.ints):
                    yield labels


def _observe_labels(labels: Sequence[LabelOfModel], numbers: Any) -> list[LabelOfModel] | None:
    """Return the label with which each number is the largest, if the answers show all of them."""
    if numbers is None or isinstance(numbers, list):  # maps have their labels
        return None
    matrix = np.asarray(numbers).reshape(len(numbers), -1)
    pairs: list[set[LabelOfModel]] = [set() for _ in range(matrix.shape[1])]
    for column, label in zip(matrix.argmax(axis=1).tolist(), labels, strict=True):
        pairs[column].add(label)
    if len(pairs) == 1 or any(len(each) != 1 for each in pairs):
        return None
    observed = [each.pop() for each in pairs]
    return observed if len(set(observed)) == len(observed) else None


def _find_class(label: LabelOfModel, classes: Sequence[str]) -> str | None:
    """Return the class of the data that a label of the model means."""
    found = find_true_value(label, classes)
    if found is None and isinstance(label, str):
        found = find_true_value(normalise_text(label), classes)
    if (
        found is None
        and label in {0, 1}
        and sorted(classes) == [name_class(b) for b in (False, True)]
    ):
        found = name_class(bool(label))
    return found if isinstance(found, str) else None


def _are_in_order(classes: Sequence[str]) -> bool:
    """Report whether the classes have the only order that all tools sort them in."""
    are_whole = all(name.removeprefix("-").isdecimal() for name in classes)
    return _are_numbers(classes) if are_whole else list(classes) == sorted(classes)


def _are_numbers(classes: Sequence[str]) -> bool:
    """Report whether all classes are whole numbers, in their order."""
    try:
        numbers = [int(name) for name in classes]
    except ValueError:
        return False
    return numbers == sorted(numbers)


def _show(labels: Sequence[LabelOfModel]) -> str:
    return join_some([quote(each) if isinstance(each, str) else str(each) for each in labels])
