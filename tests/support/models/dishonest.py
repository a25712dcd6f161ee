"""Models with correct hashes and wrong content."""

from collections.abc import Callable

import numpy as np
import onnx
from onnx import TensorProto

from shared.contract.documents import (
    JOBLIB_MEDIA_TYPE,
    JSON_MEDIA_TYPE,
    ONNX_MEDIA_TYPE,
    Descriptor,
)
from shared.contract.golden_rows import GoldenRows
from shared.contract.layout import ARTEFACT, GOLDEN, JOBLIB_MODEL, ONNX_MODEL
from tests.support.models.served import with_opsets
from tests.support.models.toy import ToyModel, numbers_called, toy_model, toy_onnx

Build = Callable[[ToyModel], ToyModel]


def _described(**changes: object) -> Build:
    """Change fields of artefact.json."""

    def build(model: ToyModel) -> ToyModel:
        artefact = model.artefact.model_copy(update=changes)
        return ToyModel({**model.files, ARTEFACT: artefact.encode()}, artefact)

    return build


def _written(change: Callable[[bytes], bytes]) -> Build:
    """Replace the bytes of artefact.json, also by bytes that are not an artefact."""

    def build(model: ToyModel) -> ToyModel:
        return ToyModel({**model.files, ARTEFACT: change(model.files[ARTEFACT])}, model.artefact)

    return build


def _lying(**lie: object) -> Build:
    """Change the descriptor of the model file so that it no longer matches."""
    return lambda model: _described(model=model.artefact.model.model_copy(update=lie))(model)


def _serving(
    change: Callable[[bytes], bytes], name: str = ONNX_MODEL, kind: str = ONNX_MEDIA_TYPE
) -> Build:
    """Replace the model file and describe it correctly."""

    def build(model: ToyModel) -> ToyModel:
        data = change(model.files[ONNX_MODEL])
        changed = _described(model=Descriptor.describe(name, kind, data))(model)
        return ToyModel({**changed.files, name: data}, changed.artefact)

    return build


def _proving(change: Callable[[bytes], bytes]) -> Build:
    """Replace the golden rows and describe them correctly."""

    def build(model: ToyModel) -> ToyModel:
        data = change(model.files[GOLDEN])
        changed = _described(golden=Descriptor.describe(GOLDEN, JSON_MEDIA_TYPE, data))(model)
        return ToyModel({**changed.files, GOLDEN: data}, changed.artefact)

    return build


def _golden(**changes: object) -> Build:
    return _proving(
        lambda data: GoldenRows.decode(data, GOLDEN).model_copy(update=changes).encode()
    )


def _weights_elsewhere(served: bytes) -> bytes:
    model = onnx.load_from_string(served)
    weights = model.graph.initializer[0]
    weights.data_location = TensorProto.EXTERNAL
    weights.external_data.add(key="location", value="weights.bin")
    weights.external_data.add(key="length", value=str(len(weights.raw_data)))
    weights.ClearField("raw_data")
    return bytes(model.SerializeToString())


DISHONEST: dict[str, tuple[Build, str]] = {
    "an artefact that is no JSON": (_written(lambda data: data[:-9]), "not strict JSON"),
    "an artefact of another kind": (_written(lambda _data: b'{"format_version": 1}'), ARTEFACT),
    "an artefact of a newer format": (_described(format_version=99), "format_version 99"),
    "a size that lies": (_lying(size=7), "its descriptor says 7"),
    "a hash that lies": (_lying(sha256=64 * "0"), "its descriptor says"),
    "a name that lies": (_lying(name="other.onnx"), "other.onnx is missing"),
    "a name that leads away": (
        _written(lambda data: data.replace(b'"model.onnx"', b'"../model.onnx"')), "model.name",
    ),
    "a media type that nothing reads": (_lying(media_type="text/plain"), "text/plain"),
    "a pickle without ALLOW_JOBLIB": (
        _serving(lambda _data: b"\x80\x04N.", JOBLIB_MODEL, JOBLIB_MEDIA_TYPE), "ALLOW_JOBLIB",
    ),
    "half of an ONNX model": (_serving(lambda data: data[: len(data) // 2]), "cannot load"),
    "no ONNX model at all": (_serving(lambda _data: bytes(range(256))), "cannot load"),
    "weights in another file": (_serving(_weights_elsewhere), "cannot load"),
    "operators of the future": (_serving(lambda data: with_opsets(data, {"": 200})), "cannot load"),
    "a model of another shape": (_serving(lambda _data: toy_onnx((1.0, 2.0, 3.0))), "failed on"),
    "a model that answers NaN": (_serving(lambda _data: toy_onnx(bias=np.nan)), "golden rows"),
    "another model": (_serving(lambda _data: toy_onnx((-1.0, 0.5))), "golden rows"),
    "golden rows of another model": (
        _proving(lambda _data: toy_model((-1.0, 0.5)).files[GOLDEN]), "golden rows",
    ),
    "golden rows that are none": (_proving(lambda _data: b"{}"), GOLDEN),
    "golden rows of another width": (_golden(rows=((1.0, 2.0, 3.0),)), "must each have 2 numbers"),
    "golden rows without probabilities": (_golden(probabilities=None), "lack probabilities"),
    "golden rows of a class beyond": (_golden(predictions=(7.0,)), "outside its classes 0 to 1"),
    "two features of one name": (_described(features=numbers_called(("a", "a"))), "same name"),
    "two classes of one name": (_described(classes=("a", "a")), "same name"),
}  # fmt: skip
"""For each name: how to build it from a good model, and the predictor's error message."""
