"""The toy model: a logistic regression of width and height, made by hand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper

from shared.contract.documents import (
    JSON_MEDIA_TYPE,
    ONNX_MEDIA_TYPE,
    Artefact,
    Descriptor,
    Feature,
    compute_digest,
)
from shared.contract.layout import ARTEFACT, GOLDEN, ONNX_MODEL
from shared.inference.golden_rows import record_golden_rows
from shared.inference.onnx_servable import OnnxServable

FEATURES = ("width", "height")
CLASSES = ("small", "large")


def numbers_called(names: Sequence[str]) -> tuple[Feature, ...]:
    """Return the features of a model that takes only numbers."""
    return tuple(Feature(name=name, type="number") for name in names)


def toy_onnx(weights: Sequence[float] = (1.0, 1.0), bias: float = 0.0) -> bytes:
    """Build a logistic regression: P(class 1) = sigmoid(weights · row + bias).

    Each bias gives its own digest and probabilities, so a prediction shows which model made it.
    """
    columns = np.array([[-w, w] for w in weights], dtype=np.float32) / 2
    offsets = np.array([-bias, bias], dtype=np.float32) / 2
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["rows", "weights"], ["products"]),
            helper.make_node("Add", ["products", "offsets"], ["logits"]),
            helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
            helper.make_node("ArgMax", ["logits"], ["label"], axis=1, keepdims=0),
        ],
        "toy",
        [helper.make_tensor_value_info("rows", TensorProto.FLOAT, [None, len(weights)])],
        [
            helper.make_tensor_value_info("label", TensorProto.INT64, [None]),
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, 2]),
        ],
        [
            onnx.numpy_helper.from_array(columns, "weights"),
            onnx.numpy_helper.from_array(offsets, "offsets"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


@dataclass(frozen=True)
class ToyModel:
    """The files of one artefact, and its parsed document."""

    files: dict[str, bytes]
    artefact: Artefact

    @property
    def digest(self) -> str:
        return compute_digest(self.files[ARTEFACT])

    @property
    def descriptors(self) -> tuple[Descriptor, ...]:
        return (
            Descriptor.describe(ARTEFACT, JSON_MEDIA_TYPE, self.files[ARTEFACT]),
            self.artefact.golden,
            self.artefact.model,
        )


def toy_rows(count: int = 8, features: int = len(FEATURES)) -> npt.NDArray[np.float64]:
    """Return rows on both sides of the toy model's boundary."""
    numbers = np.linspace(-4.0, 4.0, count * features)
    return numbers.reshape(count, features)


def toy_model(
    weights: Sequence[float] = (1.0, 1.0),
    bias: float = 0.0,
    *,
    features: Sequence[str] = FEATURES,
    onnx_bytes: bytes | None = None,
) -> ToyModel:
    """Build an artefact of `toy_onnx`, or of *onnx_bytes* with the toy model's golden rows."""
    built = _built(tuple(weights), bias, tuple(features), onnx_bytes)
    return replace(built, files=dict(built.files))


@cache  # a session of ONNX Runtime takes milliseconds, and some tests need thousands of models
def _built(
    weights: tuple[float, ...], bias: float, features: tuple[str, ...], onnx_bytes: bytes | None
) -> ToyModel:
    honest = toy_onnx(weights, bias)
    served = honest if onnx_bytes is None else onnx_bytes
    draft = Artefact(
        task="classification",
        features=numbers_called(features),
        classes=CLASSES,
        has_probabilities=True,
        model=Descriptor.describe(ONNX_MODEL, ONNX_MEDIA_TYPE, served),
        golden=Descriptor.describe(GOLDEN, JSON_MEDIA_TYPE, b""),
    )
    rows = toy_rows(features=len(features))
    golden = record_golden_rows(rows, OnnxServable(honest, draft).predict(rows)).encode()
    artefact = draft.model_copy(
        update={"golden": Descriptor.describe(GOLDEN, JSON_MEDIA_TYPE, golden)}
    )
    files = {ARTEFACT: artefact.encode(), GOLDEN: golden, ONNX_MODEL: served}
    return ToyModel(files, artefact)
