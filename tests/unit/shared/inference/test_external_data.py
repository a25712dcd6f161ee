"""A model is its own bytes: nothing that it names elsewhere is read, wherever it names it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

from shared.errors import ServableError
from shared.inference.onnx_servable import OnnxServable
from tests.support.models.toy import toy_model, toy_onnx

WEIGHTS = np.array([[1.0, 2.0], [3.0, 4.0]], dtype=np.float32)
OPSET = helper.make_opsetid("", 17)
ARTEFACT = toy_model().artefact.model_copy(
    update={"task": "regression", "has_probabilities": False, "classes": ()}
)


def inside() -> TensorProto:
    return onnx.numpy_helper.from_array(WEIGHTS, "weights")


def elsewhere(location: str, **more: str) -> TensorProto:
    """Move the weights to another file."""
    tensor = TensorProto(name="weights", data_type=TensorProto.FLOAT, dims=WEIGHTS.shape)
    tensor.data_location = TensorProto.EXTERNAL
    told = {"location": location, "offset": "0", "length": str(WEIGHTS.nbytes), **more}
    for key, value in told.items():
        tensor.external_data.add(key=key, value=value)
    return tensor


def with_nodes(*nodes: onnx.NodeProto, weights: TensorProto | None = None) -> onnx.ModelProto:
    graph = helper.make_graph(
        nodes,
        "model",
        [helper.make_tensor_value_info("rows", TensorProto.FLOAT, [None, 2])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)],
        [weights] if weights else [],
    )
    return helper.make_model(graph, opset_imports=[OPSET], ir_version=8)


def joined(name: str = "weights") -> onnx.NodeProto:
    return helper.make_node("Concat", ["rows", name], ["out"], axis=0)


def in_a_branch(weights: TensorProto) -> onnx.ModelProto:
    out = helper.make_tensor_value_info("branch", TensorProto.FLOAT, None)
    node = helper.make_node("Identity", ["weights"], ["branch"])
    branch = helper.make_graph([node], "branch", [], [out], [weights])
    return with_nodes(
        helper.make_node("Size", ["rows"], ["size"]),
        helper.make_node("Cast", ["size"], ["is"], to=TensorProto.BOOL),
        helper.make_node("If", ["is"], ["out"], then_branch=branch, else_branch=branch),
    )


def as_an_attribute(weights: TensorProto) -> onnx.ModelProto:
    one = TensorProto()
    one.CopyFrom(weights)
    one.dims[:] = [1]
    if one.raw_data:
        one.raw_data = one.raw_data[:4]
    for entry in one.external_data:
        if entry.value == str(WEIGHTS.nbytes):
            entry.value = "4"
    return with_nodes(
        helper.make_node("Shape", ["rows"], ["shape"]),
        helper.make_node("ConstantOfShape", ["shape"], ["out"], value=one),
    )


def in_a_function(weights: TensorProto) -> onnx.ModelProto:
    nodes = [
        helper.make_node("Constant", [], ["w"], value=weights),
        helper.make_node("Concat", ["x", "w"], ["y"], axis=0),
    ]
    model = with_nodes(helper.make_node("Join", ["rows"], ["out"], domain="own"))
    model.functions.append(helper.make_function("own", "Join", ["x"], ["y"], nodes, [OPSET]))
    model.opset_import.append(helper.make_opsetid("own", 1))
    return model


PLACES: dict[str, Callable[[TensorProto], onnx.ModelProto]] = {
    "a weight that is multiplied": lambda w: with_nodes(
        helper.make_node("MatMul", ["rows", "weights"], ["out"]), weights=w
    ),
    "a weight that is passed on": lambda w: with_nodes(joined(), weights=w),
    "a constant": lambda w: with_nodes(
        helper.make_node("Constant", [], ["c"], value=w), joined("c")
    ),
    "a weight of a branch": in_a_branch,
    "an attribute": as_an_attribute,
    "a constant of a function": in_a_function,
}
LOCATIONS: dict[str, Callable[[Path], TensorProto]] = {
    "beside it": lambda path: elsewhere(path.name),
    "a link beside it": lambda path: elsewhere("link"),
    "a second name beside it": lambda path: elsewhere("second"),
    "beneath it": lambda path: elsewhere("below/weights.bin"),
    "above it": lambda path: elsewhere(f"../{path.parent.name}/{path.name}"),
    "its whole path": lambda path: elsewhere(str(path)),
    "negative length": lambda path: elsewhere(path.name, length="-16"),
    "a petabyte": lambda path: elsewhere(path.name, length=str(1 << 50)),
    "before its beginning": lambda path: elsewhere(path.name, offset="-4096"),
    "an address in memory": lambda path: elsewhere("*/_ORT_MEM_ADDR_/*", offset="4096"),
}


@pytest.fixture
def weights_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write the right bytes to the current directory."""
    path = tmp_path / "weights.bin"
    path.write_bytes(WEIGHTS.tobytes())
    (tmp_path / "link").symlink_to(path)
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / path.name).write_bytes(WEIGHTS.tobytes())
    (tmp_path / "second").hardlink_to(tmp_path / "below" / path.name)
    monkeypatch.chdir(tmp_path)
    return path


def load(model: onnx.ModelProto) -> OnnxServable:
    return OnnxServable(model.SerializeToString(), ARTEFACT)


@pytest.mark.parametrize("place", PLACES)
def test_weights_within_are_loaded(place: str) -> None:
    load(PLACES[place](inside())).predict(np.zeros((2, 2)))


@pytest.mark.parametrize("location", LOCATIONS)
@pytest.mark.parametrize("place", PLACES)
def test_weights_elsewhere_are_refused(weights_file: Path, place: str, location: str) -> None:
    model = PLACES[place](LOCATIONS[location](weights_file))
    with pytest.raises(ServableError, match="cannot load"):
        load(model)


def test_onnxruntimes_own_format_is_none_of_ours(tmp_path: Path) -> None:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.optimized_model_filepath = str(tmp_path / "model.ort")
    options.add_session_config_entry("session.save_model_format", "ORT")
    onnxruntime.InferenceSession(toy_onnx(), options, providers=["CPUExecutionProvider"])
    with pytest.raises(ServableError, match="cannot load"):
        OnnxServable((tmp_path / "model.ort").read_bytes(), toy_model().artefact)
