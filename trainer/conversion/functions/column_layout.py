"""Know which columns of the fitted table the tensors of a model hold, while it is converted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from skl2onnx.common.data_types import StringTensorType

from shared.contract.documents import Feature
from shared.inference.dataframe import MISSING_CATEGORY, UNSEEN_CATEGORY


@dataclass(frozen=True)
class Place:
    """The place of a column, and the strings that it may have."""

    tensor: int
    index: int
    strings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Layout:
    """The columns that some tensors hold, in the order of the fitted table."""

    places: tuple[Place, ...]
    names: tuple[Any, ...] | None
    """The names of the columns, unless the step gets an array."""
    is_flat: bool = False
    """Whether the step gets a Series, or an array of the shape [n]."""


class Layouts:
    """The layouts of tensors, by the names of the tensors."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], Layout] = {}

    def set(self, tensors: Sequence[Any], layout: Layout) -> None:
        """Remember the layout of *tensors*."""
        self._known[_key(tensors)] = layout

    def find(self, tensors: Sequence[Any]) -> Layout | None:
        """Return the layout of *tensors* if it is known."""
        return self._known.get(_key(tensors))

    def saved(self) -> dict[tuple[str, ...], Layout]:
        """Return all layouts, for `restore`."""
        return dict(self._known)

    def restore(self, saved: dict[tuple[str, ...], Layout]) -> None:
        """Return to earlier layouts, and keep those of newer tensors."""
        self._known |= saved


def consecutive(layout: Layout, tensors: Sequence[Any]) -> Layout:
    """Return the layout of *tensors* that hold the columns of *layout* one after the other."""
    places = list[Place]()
    for old in layout.places:
        is_next = places and places[-1].index + 1 < tensors[places[-1].tensor].type.shape[1]
        tensor = places[-1].tensor + (not is_next) if places else 0
        index = places[-1].index + 1 if is_next else 0
        places.append(replace(old, tensor=tensor, index=index))
    return replace(layout, places=tuple(places))


def possible_strings(feature: Feature) -> tuple[str, ...]:
    """Return the strings that a column of the table may have."""
    if feature.categories is None:
        return ()
    return tuple(dict.fromkeys((MISSING_CATEGORY, UNSEEN_CATEGORY, *feature.categories)))


def is_string(tensor: Any) -> bool:
    """Return whether a tensor of skl2onnx holds strings."""
    return isinstance(tensor.type, StringTensorType)


def _key(tensors: Sequence[Any]) -> tuple[str, ...]:
    return tuple(tensor.onnx_name for tensor in tensors)
