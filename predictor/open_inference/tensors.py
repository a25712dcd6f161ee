"""Tensors as the protocol has them: named types, and the two forms of what goes out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from predictor.open_inference.binary import encode_text

_LITTLE_ENDIAN = {
    "FP16": "<f2",
    "FP32": "<f4",
    "FP64": "<f8",
    **{
        f"{kind}{bits}": f"<{code}{bits // 8}"
        for kind, code in (("INT", "i"), ("UINT", "u"))
        for bits in (8, 16, 32, 64)
    },
}
NUMBER_TYPES: Mapping[str, np.dtype[Any]] = {
    name: np.dtype(code) for name, code in _LITTLE_ENDIAN.items()
}
"""The datatypes of numbers, by the protocol's names, as they stand in binary data."""

_NAMES = {dtype: name for name, dtype in NUMBER_TYPES.items()}


class OutputTensor(Protocol):
    """One output of a model for n rows; both forms hold the elements flat, in row-major order."""

    @property
    def datatype(self) -> str:
        """The protocol's name of the type."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of rows comes first."""

    def to_list(self) -> list[Any]:
        """The elements for JSON."""

    def to_bytes(self) -> bytes:
        """The elements for binary data."""


@dataclass(frozen=True, eq=False)
class NumberTensor:
    """Numbers in the type in which the model gives them: never another number than /predict's."""

    values: npt.NDArray[Any]

    @property
    def datatype(self) -> str:
        """FP32, for example."""
        return _NAMES[self.values.dtype]

    @property
    def shape(self) -> tuple[int, ...]:
        """The array's."""
        return self.values.shape

    def to_list(self) -> list[Any]:
        """Python numbers."""
        flat: list[Any] = self.values.ravel().tolist()
        return flat

    def to_bytes(self) -> bytes:
        """Little-endian, without padding."""
        return self.values.astype(NUMBER_TYPES[self.datatype], copy=False).tobytes()


@dataclass(frozen=True, eq=False)
class LabelTensor:
    """The class of each row by name, of type BYTES."""

    indices: npt.NDArray[np.int64]
    classes: Sequence[str]

    @property
    def datatype(self) -> str:
        """The protocol's type for text."""
        return "BYTES"

    @property
    def shape(self) -> tuple[int, ...]:
        """One label for each row."""
        return self.indices.shape

    def to_list(self) -> list[str]:
        """The labels themselves."""
        return [self.classes[index] for index in self.indices.tolist()]

    def to_bytes(self) -> bytes:
        """Each label in UTF-8 after its length."""
        encoded = [encode_text(name) for name in self.classes]
        return b"".join([encoded[index] for index in self.indices.tolist()])
