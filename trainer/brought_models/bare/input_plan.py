"""Decide which columns of the holdout each input of the model takes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.contract.documents import Feature, NumberType
from shared.inference.servable import Rows
from shared.text import join_some, quote
from trainer.brought_models.bare.bare_model import Port, show_ports
from trainer.brought_models.bare.unfit_model import UnfitModelError

NUMPY_TYPES: dict[str, np.dtype[Any]] = {
    "tensor(float)": np.dtype(np.float32),
    "tensor(double)": np.dtype(np.float64),
    "tensor(int64)": np.dtype(np.int64),
    "tensor(int32)": np.dtype(np.int32),
    "tensor(bool)": np.dtype(np.bool_),
    "tensor(string)": np.dtype(object),
}
"""The types of inputs that can be wrapped."""
_INTEGERS = ("tensor(int64)", "tensor(int32)")
_MATRIX_RANK = 2


@dataclass(frozen=True)
class InputPlan:
    """The inputs of the model, and the columns of each."""

    ports: tuple[Port, ...]
    columns: tuple[tuple[int, ...], ...]
    """The indices of the features that each input takes."""

    @property
    def number_type(self) -> NumberType:
        """The type of the rows that hold all values which the inputs can tell apart."""
        wide = {"tensor(double)", *_INTEGERS}
        return "float64" if any(port.type in wide for port in self.ports) else "float32"

    @property
    def is_plain(self) -> bool:
        """Whether the model takes the rows just as the predictor has them."""
        (first, *others) = self.ports
        types = ("tensor(float)", "tensor(double)")
        return not others and first.type in types and len(first.shape) == _MATRIX_RANK


def plan_inputs(ports: Sequence[Port], features: Sequence[Feature], rows: Rows) -> InputPlan:
    """Give each input its columns: all of them to a matrix, otherwise those of its name.

    *rows* are encoded rows of the data. Raises UnfitModelError if inputs and columns differ.
    """
    if not ports:
        raise UnfitModelError("The model has no input, so its answer never changes.")
    for port in ports:
        if port.type not in NUMPY_TYPES:
            raise UnfitModelError(
                f"The input {port} has a type that a column cannot be. "
                f"The types are {', '.join(NUMPY_TYPES)}."
            )
        if not 1 <= len(port.shape) <= _MATRIX_RANK:
            raise UnfitModelError(
                f"The input {port} is neither a matrix of rows and columns nor one column. "
                "Export the model with such inputs, of a known rank."
            )
    plan = InputPlan(tuple(ports), _find_columns(ports, features))
    for port, columns in zip(plan.ports, plan.columns, strict=True):
        for index in columns:
            _require_type(port, features[index], rows[:, index])
    return plan


def _find_columns(
    ports: Sequence[Port], features: Sequence[Feature]
) -> tuple[tuple[int, ...], ...]:
    names = join_some([quote(feature.name) for feature in features], 12)
    if len(ports) == len(features) == 1 and ports[0].shape[1:] in {(), (1,)}:
        return ((0,),)
    if len(ports) == 1 and len(ports[0].shape) == _MATRIX_RANK:
        port = ports[0]
        if port.shape[1] is None:
            raise UnfitModelError(
                f"The input {port} does not say how many columns it has. Only the number of rows "
                f"may be free: export it with {len(features)} columns."
            )
        if port.shape[1] != len(features):
            raise UnfitModelError(
                f"The input {port} has {port.shape[1]} columns, but the data has {len(features)} "
                f"features: {names}. Give HOLDOUT the columns that the model was fitted on, or "
                "leave columns out with TRAINER_DROP."
            )
        return (tuple(range(len(features))),)
    by_name = {feature.name: index for index, feature in enumerate(features)}
    by_form = {_identifier(feature.name): index for index, feature in enumerate(features)}
    found = [by_name.get(port.name, by_form.get(_identifier(port.name), -1)) for port in ports]
    unknown = [port for port, index in zip(ports, found, strict=True) if index < 0]
    if unknown:
        raise UnfitModelError(
            f"The data has no column for the inputs {show_ports(unknown)}; its features are "
            f"{names}. Several inputs need one column each, with its name."
        )
    if unused := [feature.name for i, feature in enumerate(features) if i not in found]:
        raise UnfitModelError(
            f"The model has no input for the columns {join_some([*map(quote, unused)])}. Leave "
            "them out of HOLDOUT, or name them in TRAINER_DROP."
        )
    if len(set(found)) < len(found):
        raise UnfitModelError(
            f"Several of the inputs {show_ports(ports)} have the name of one column."
        )
    for port in ports:
        if port.shape[1:] not in {(), (1,)}:
            raise UnfitModelError(
                f"The input {port} is one of several, so it must have one column. "
                "Export the model with one matrix, or with one input for each column."
            )
    return tuple((index,) for index in found)


def _identifier(name: str) -> str:
    """Return a name as converters write it, which replace all other characters."""
    return re.sub(r"\W", "_", name, flags=re.ASCII)


def _require_type(port: Port, feature: Feature, column: npt.NDArray[np.float64]) -> None:
    """Raise UnfitModelError if the input cannot take a column, and say what to do."""
    name, kind = quote(feature.name), f"has the type {feature.type}"
    takes_strings = port.type == "tensor(string)"
    if takes_strings != (feature.type == "category"):
        types = '{"COLUMN": "category"}' if takes_strings else '{"COLUMN": "number"}'
        raise UnfitModelError(
            f"The column {name} {kind}, but the input {port} takes "
            f"{'strings' if takes_strings else 'numbers'}. Change the type of the column, such as "
            f"with TRAINER_TYPES='{types}', or encode it inside the model."
        )
    if port.type == "tensor(bool)" and feature.type != "boolean":
        raise UnfitModelError(f"The column {name} {kind}, but the input {port} takes booleans.")
    if port.type in (*_INTEGERS, "tensor(bool)"):
        if feature.nullable:
            raise UnfitModelError(
                f"The column {name} has missing values, but the input {port} cannot take them. "
                "Fill them in the data, or export the model with float inputs."
            )
        if (column != np.round(column)).any():
            raise UnfitModelError(
                f"The column {name} has numbers that are not whole, but the input {port} takes "
                "whole numbers."
            )
