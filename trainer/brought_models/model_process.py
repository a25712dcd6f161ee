"""The publisher's end of the child process that reads and runs a model, with limits."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from shared.contract.documents import Feature, NumberType
from shared.inference.servable import AnyRows, Predictions, Rows
from trainer.brought_models.bare.output_plan import Wish
from trainer.brought_models.bare.unfit_model import UnfitModelError
from trainer.brought_models.messages import read_message, write_message

_START_SECONDS = 120.0
"""Seconds in which a process must have imported its libraries, on a busy machine too."""
_SAMPLE_ROWS = 5000
_OUT_OF_MEMORY = "bad alloc", "Failed to allocate memory", "std::bad_alloc", "bad allocation"


@dataclass(frozen=True)
class ModelLimits:
    """The limits for reading a model, and for each step with it."""

    seconds: float = 60.0
    memory_mib: int = 4096


@dataclass(frozen=True)
class WrappedModel:
    """The bytes of a wrapped model, and what is known about it."""

    model: bytes
    has_probabilities: bool
    number_type: NumberType
    batch_rows: int | None
    """The fixed number of rows of the bare model, which the wrapped one does not have."""
    unbounded: tuple[str, ...]
    """The operators without a bound, the random ones, and those that are not of ONNX."""
    note: str


def _find_own_code() -> dict[str, str]:
    """Return an environment in which a child finds this code, also if a notebook runs it."""
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


class ModelProcess:
    """A child process with one model; a servable of the wrapped model."""

    def __init__(
        self, data: bytes, limits: ModelLimits, weights: Mapping[str, bytes] | None = None
    ) -> None:
        """Start the process with the bytes of a model, and those of its *weights* by file name."""
        self._limits = limits
        self._process = subprocess.Popen(
            [sys.executable, "-m", "trainer.brought_models.model_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_find_own_code(),
        )
        self._is_late = False
        try:
            self._exchange({"memory_mib": limits.memory_mib}, {}, _START_SECONDS)
            files = {"model": data} | {
                f"weights_{index}": content
                for index, content in enumerate((weights or {}).values())
            }
            arrays = {name: np.frombuffer(each, dtype=np.uint8) for name, each in files.items()}
            self._exchange({"weights": [*(weights or {})]}, arrays, limits.seconds)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        """Return the process."""
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """End the process."""
        self.close()

    def close(self) -> None:
        """End the process, if it still runs."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()

    def wrap(
        self, features: Sequence[Feature], classes: tuple[str, ...], wish: Wish, rows: Rows
    ) -> WrappedModel:
        """Wrap the model for rows of *features*, shape [n, features].

        Raises UnfitModelError if it cannot be wrapped.
        """
        fields = {
            "step": "wrap",
            "features": [feature.model_dump(mode="json") for feature in features],
            "classes": classes,
            "output": wish.output,
            "wished_classes": wish.classes,
        }
        found, arrays = self._ask(fields, rows[-_SAMPLE_ROWS:])
        found["unbounded"] = tuple(found["unbounded"])
        return WrappedModel(arrays["model"].tobytes(), **found)

    def predict(self, rows: AnyRows) -> Predictions:
        """Return the answers of the wrapped model; raise UnfitModelError if it fails."""
        return self._predict("wrapped", rows)

    def predict_bare(self, rows: AnyRows) -> Predictions:
        """Return the answers of the model as it was brought."""
        return self._predict("bare", rows)

    def _predict(self, step: str, rows: AnyRows) -> Predictions:
        _, arrays = self._ask({"step": step}, rows)
        return Predictions(arrays["values"], arrays.get("probabilities"))

    def _ask(self, fields: dict[str, Any], rows: AnyRows) -> tuple[dict[str, Any], dict[str, Any]]:
        wide = np.ascontiguousarray(rows, dtype=np.float64)
        return self._exchange(fields, {"rows": wide}, self._limits.seconds)

    def _exchange(
        self, fields: dict[str, Any], arrays: dict[str, Any], seconds: float
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Send a request, and return the reply; end the process at the deadline."""
        timer = threading.Timer(seconds, self._end_late)
        timer.start()
        try:
            assert self._process.stdin is not None  # noqa: S101 - it is a pipe
            assert self._process.stdout is not None  # noqa: S101 - as above
            write_message(self._process.stdin, fields, arrays)
            reply, found = read_message(self._process.stdout)
        except (EOFError, BrokenPipeError) as error:
            raise UnfitModelError(self._explain_end(seconds)) from error
        finally:
            timer.cancel()
        if unfit := reply.get("unfit"):
            is_memory = any(text in unfit for text in _OUT_OF_MEMORY)
            raise UnfitModelError(self._explain_memory() if is_memory else unfit)
        if reply.get("out_of_memory"):
            raise UnfitModelError(self._explain_memory())
        return reply, found

    def _end_late(self) -> None:
        self._is_late = True
        self._process.kill()

    def _explain_end(self, seconds: float) -> str:
        status = self._process.wait()
        if self._is_late:
            return (
                f"The model did not end within {seconds:g} s. Remove loops without an end, or make "
                "the model smaller."
            )
        if status == -signal.SIGKILL:
            return self._explain_memory()
        return (
            f"The model ended the process that read it (status {status}). "
            "The file is damaged, or onnxruntime cannot run it: export it again."
        )

    def _explain_memory(self) -> str:
        return (
            f"The model needs more than {self._limits.memory_mib} MiB of memory. "
            "Make it smaller, or remove what grows without a bound."
        )
