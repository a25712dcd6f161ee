"""The model as it was brought, before anything is wrapped around it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from shared.inference.onnx_reading.onnx_opsets import newest_opset, read_opsets
from shared.inference.onnx_servable import ONNX_ALONE
from shared.inference.servable import BATCH_ROWS
from shared.text import join_some, quote, shorten
from trainer.brought_models.bare.onnx_message import read_message
from trainer.brought_models.bare.unfit_model import UnfitModelError

Output = npt.NDArray[Any] | list[Any]
"""An output of onnxruntime: a tensor, or a list with one map for each row."""


_MOST_CHARACTERS = 600
_CODE = re.compile(r"\[ONNXRuntimeError\] : \d+ : \w+ : ")


@dataclass(frozen=True)
class Port:
    """An input or output of the model."""

    name: str
    type: str
    """As onnxruntime names it, such as `tensor(float)`."""
    shape: tuple[int | None, ...]
    """Without a number where any size is allowed; empty if the file does not have the shape."""

    def __str__(self) -> str:
        """Return name, type and shape, as messages show them."""
        sizes = ", ".join("any" if size is None else str(size) for size in self.shape)
        return f"{quote(self.name)} ({self.type}{f' [{sizes}]' if self.shape else ''})"


class BareModel:
    """A session of onnxruntime on the bytes of the file."""

    def __init__(self, data: bytes) -> None:
        self.message = read_message(data)
        _require_opsets(data)
        self._session = open_session(data)
        self.inputs = [_describe(each) for each in self._session.get_inputs()]
        self.outputs = [_describe(each) for each in self._session.get_outputs()]
        sizes = {port.shape[0] for port in self.inputs if port.shape} - {None}
        if len(sizes) > 1:
            raise UnfitModelError(
                f"The inputs {show_ports(self.inputs)} take different numbers of rows. "
                "Export the model with one free dimension for rows."
            )
        self.batch_rows: int | None = sizes.pop() if sizes else None
        """The number of rows that each call must have; None if any number is allowed."""

    def run(self, feeds: Mapping[str, npt.NDArray[Any]]) -> list[Output]:
        """Run the model on any number of rows, and return all outputs of all rows.

        Raises UnfitModelError if the model fails, or does not give one answer for each row.
        """
        count = len(next(iter(feeds.values())))
        size = self.batch_rows or BATCH_ROWS
        parts = [
            self._call({name: values[start : start + size] for name, values in feeds.items()})
            for start in range(0, count, size)
        ]
        return [_join(outputs) for outputs in zip(*parts, strict=True)]

    def _call(self, feeds: dict[str, npt.NDArray[Any]]) -> list[Output]:
        rows = len(next(iter(feeds.values())))
        size = self.batch_rows or rows
        if rows < size:
            feeds = {name: _pad(values, size) for name, values in feeds.items()}
        try:
            outputs = self._session.run(None, feeds)
        except Exception as error:  # onnxruntime's errors share no base class
            raise UnfitModelError(
                f"The model fails on {rows} rows of the data: {show_error(error)}. "
                "Export it so that it takes all rows of the data."
            ) from error
        for port, output in zip(self.outputs, outputs, strict=True):
            if not isinstance(output, list) and np.shape(output)[:1] != (size,):
                raise UnfitModelError(
                    f"The output {quote(port.name)} has the shape {np.shape(output)} for {size} "
                    "rows. Export the model with one answer for each row."
                )
        return [output[:rows] for output in outputs]


def open_session(data: bytes) -> onnxruntime.InferenceSession:
    """Load a model on one thread. Raises UnfitModelError if onnxruntime refuses it."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    for key, value in ONNX_ALONE.items():
        options.add_session_config_entry(key, value)
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors share no base class
        raise UnfitModelError(
            f"onnxruntime {onnxruntime.__version__} cannot load the model: {show_error(error)}. "
            "Export it again, with operators that onnxruntime has."
        ) from error


def _require_opsets(data: bytes) -> None:
    for domain, version in read_opsets(data).items():
        if version > (newest := newest_opset(domain)):
            raise UnfitModelError(
                f"The model needs version {version} of the operators {quote(domain)}, but "
                f"onnxruntime {onnxruntime.__version__} has only {newest}. Export it with an "
                "older version."
            )


def show_error(error: Exception) -> str:
    """Return an error of onnxruntime on one short line, without its code."""
    return shorten(_CODE.sub("", " ".join(str(error).split())), _MOST_CHARACTERS).rstrip(".")


def show_ports(ports: Sequence[Port]) -> str:
    """List inputs or outputs."""
    return join_some([str(port) for port in ports])


def _describe(node: Any) -> Port:
    sizes = tuple(size if isinstance(size, int) and size > 0 else None for size in node.shape)
    return Port(node.name, node.type, sizes)


def _pad(values: npt.NDArray[Any], size: int) -> npt.NDArray[Any]:
    return np.concatenate([values, np.repeat(values[-1:], size - len(values), axis=0)])


def _join(outputs: Sequence[Output]) -> Output:
    if isinstance(outputs[0], list):
        return [row for output in outputs for row in output]
    return np.concatenate(outputs)
