"""Models that are wrong are refused, and the queue goes on.

Models are scored in this process here; test_scoring_process tests the real one.
"""

import gzip
import io
from collections.abc import Callable

import joblib
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from shared.contract.documents import (
    NPZ_MEDIA_TYPE,
)
from shared.contract.layout import GOLDEN, HOLDOUT
from shared.scoring.holdout_file import Holdout, encode_holdout
from shared.store.store import ModelStore
from tests.integration.bad_candidates.test_bad_artefacts import PICKLE
from tests.support.models.toy import toy_model, toy_onnx, toy_rows
from tests.support.stores.builders import toy_candidate
from tests.support.stores.gatekeeping import handed_in, refuse, with_file


def dumped(compress: int) -> bytes:
    buffer = io.BytesIO()
    joblib.dump({"weights": [1.0]}, buffer, compress=compress)
    return buffer.getvalue()


def array_of_pickles() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.array([{}], dtype=object), allow_pickle=True)
    return buffer.getvalue()


def with_external_data(location: str) -> bytes:
    """Return a model with its weights in another file."""
    model = onnx.load_from_string(toy_onnx())
    weights = model.graph.initializer[0]
    weights.data_location = TensorProto.EXTERNAL
    weights.external_data.add(key="location", value=location)
    weights.external_data.add(key="length", value=str(len(weights.raw_data)))
    weights.ClearField("raw_data")
    return bytes(model.SerializeToString())


def constant(probability: float) -> bytes:
    """Return a model with constant predictions of the right shapes."""
    rows = helper.make_tensor_value_info("rows", TensorProto.FLOAT, [None, 2])
    nodes = [
        helper.make_node("Shape", ["rows"], ["shape"], start=0, end=1),
        helper.make_node("Concat", ["shape", "two"], ["full"], axis=0),
        helper.make_node(
            "ConstantOfShape",
            ["full"],
            ["probabilities"],
            value=helper.make_tensor("p", TensorProto.FLOAT, [1], [probability]),
        ),
        helper.make_node(
            "ConstantOfShape",
            ["shape"],
            ["label"],
            value=helper.make_tensor("l", TensorProto.INT64, [1], [0]),
        ),
    ]
    outputs = [
        helper.make_tensor_value_info("label", TensorProto.INT64, [None]),
        helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, 2]),
    ]
    two = helper.make_tensor("two", TensorProto.INT64, [1], [2])
    graph = helper.make_graph(nodes, "constant", [rows], outputs, [two])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def changed(edit: Callable[[onnx.ModelProto], object]) -> bytes:
    model = onnx.load_from_string(toy_onnx())
    edit(model)
    return bytes(model.SerializeToString())


def takes(kind: int) -> Callable[[onnx.ModelProto], object]:
    """Return a change that gives the input another type."""

    def edit(model: onnx.ModelProto) -> None:
        model.graph.input[0].type.tensor_type.elem_type = kind
        cast = helper.make_node("Cast", ["rows"], ["numbers"], to=TensorProto.FLOAT)
        for node in model.graph.node:
            node.input[:] = ["numbers" if name == "rows" else name for name in node.input]
        model.graph.node.insert(0, cast)

    return edit


def answers(*nodes: onnx.NodeProto) -> Callable[[onnx.ModelProto], object]:
    """*nodes* make the answer out of `honest` and `honest_label`."""

    def edit(model: onnx.ModelProto) -> None:
        for node in model.graph.node:
            for place, name in enumerate(node.output):
                inner = {"label": "honest_label", "probabilities": "honest"}.get(name, name)
                node.output[place] = inner
        made = {name for node in nodes for name in node.output}
        for name, inner in (("label", "honest_label"), ("probabilities", "honest")):
            if name not in made:
                model.graph.node.append(helper.make_node("Identity", [inner], [name]))
        model.graph.node.extend(nodes)

    return edit


def beyond_its_table(model: onnx.ModelProto) -> None:
    """Look up an index that its table does not have."""
    place = onnx.numpy_helper.from_array(np.array([1 << 40]), "place")
    model.graph.initializer.append(place)
    for node in model.graph.node:
        node.input[:] = ["looked_up" if name == "weights" else name for name in node.input]
    gather = helper.make_node("Gather", ["weights", "place"], ["looked_up"], axis=0)
    model.graph.node.insert(0, gather)


def needs_itself(model: onnx.ModelProto) -> None:
    model.graph.node[0].input[0] = "logits"


MODELS: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "cannot load"),
    "noise": (bytes(range(256)) * 8, "cannot load"),
    "a pickle under the name of a model": (PICKLE, "cannot load"),
    "a pickle of joblib, compressed": (dumped(compress=3), "cannot load"),
    "a pickle of joblib": (dumped(compress=0), "cannot load"),
    "an array of pickles": (array_of_pickles(), "cannot load"),
    "gzip": (gzip.compress(toy_onnx()), "cannot load"),
    "64 MiB in gzip": (gzip.compress(bytes(1 << 20)) * 64, "cannot load"),
    "a zip": (toy_candidate().files[HOLDOUT], "cannot load"),
    "text": (b'{"weights": [1.0, 1.0], "weights": [9.0]}', "cannot load"),
    "half a model": (toy_onnx()[: len(toy_onnx()) // 2], "cannot load"),
    "weights elsewhere": (with_external_data("../../registry.json"), "cannot load"),
    "weights anywhere": (with_external_data("/etc/passwd"), "cannot load"),
    "weights in its own golden rows": (with_external_data(GOLDEN), "cannot load"),
    "one name for two nodes": (
        changed(lambda model: model.graph.node.append(model.graph.node[0])),
        "cannot load",
    ),
    "a node that needs itself": (changed(needs_itself), "cannot load"),
    "an unknown operator": (
        changed(lambda model: setattr(model.graph.node[0], "op_type", "Teleport")),
        "cannot load",
    ),
    "operators of somebody": (
        changed(lambda model: setattr(model.graph.node[0], "domain", "com.example")),
        "cannot load",
    ),
    "operators of the future": (
        changed(lambda model: setattr(model.opset_import[0], "version", 9999)),
        "cannot load",
    ),
    "a table that is too short": (changed(beyond_its_table), "cannot load|failed on"),
    "integers for rows": (changed(takes(TensorProto.INT64)), "takes tensor(int64), but"),
    "texts for rows": (changed(takes(TensorProto.STRING)), "takes tensor(string), but"),
    "float64 that is not declared": (
        changed(takes(TensorProto.DOUBLE)),
        "cannot load|says float32",
    ),
    "features in another order": (toy_onnx((1.0, 3.0)), "golden rows"),
    "an answer of another shape": (
        changed(
            answers(helper.make_node("Concat", ["honest", "honest"], ["probabilities"], axis=1))
        ),
        "cannot load|give probabilities of shape",
    ),
    "fewer answers than rows": (
        changed(
            answers(
                helper.make_node("ReduceMax", ["honest_label"], ["label"], keepdims=1),
            )
        ),
        "The model returned (1,) values for 8 rows",
    ),
    "texts for answers": (
        changed(
            answers(helper.make_node("Cast", ["honest_label"], ["label"], to=TensorProto.STRING))
        ),
        "cannot load|failed",
    ),
    "another answer each time": (
        changed(
            answers(
                helper.make_node(
                    "RandomUniformLike", ["honest"], ["probabilities"], dtype=TensorProto.FLOAT
                )
            )
        ),
        "differ by",
    ),
    "another feature count": (toy_onnx((1.0, 1.0, 1.0)), "failed on"),
    "another model": (toy_onnx(bias=3.0), "golden rows"),
    "NaN for an answer": (constant(np.nan), "golden rows"),
    "one answer for all": (constant(0.5), "golden rows"),
}


@pytest.mark.parametrize("kind", MODELS)
def test_a_model_that_does_not_reproduce_its_golden_rows_is_refused(
    store: ModelStore, kind: str
) -> None:
    data, message = MODELS[kind]
    candidate_id = handed_in(toy_model(onnx_bytes=data)).publish(store)
    failed = refuse(store, candidate_id)
    assert "golden-rows-reproduced" in failed
    assert set(failed) <= {
        "golden-rows-reproduced",
        "score-reproduced",
        "predictions-vary",
        "runtime-supported",
        "operators-bounded",
    }
    assert any(part in failed["golden-rows-reproduced"] for part in message.split("|")), failed
    assert str(store.layout.root) not in failed["golden-rows-reproduced"]


def odd_beyond(limit: float, label: int, probability: float) -> bytes:
    """Return the toy model with a fixed prediction for rows wider than *limit*."""
    model = onnx.load_from_string(toy_onnx())
    graph = model.graph
    for node in graph.node:
        for i, name in enumerate(node.output):
            node.output[i] = {"label": "honest_label", "probabilities": "honest"}.get(name, name)
    graph.initializer.extend(
        [
            onnx.numpy_helper.from_array(np.array([1.0, 0.0], dtype=np.float32), "first"),
            onnx.numpy_helper.from_array(np.array(limit, dtype=np.float32), "limit"),
            onnx.numpy_helper.from_array(np.array(label), "odd_label"),
            onnx.numpy_helper.from_array(np.array(probability, dtype=np.float32), "odd"),
            onnx.numpy_helper.from_array(np.array([1]), "axis"),
        ]
    )
    graph.node.extend(
        [
            helper.make_node("MatMul", ["rows", "first"], ["width"]),
            helper.make_node("Greater", ["width", "limit"], ["is_odd"]),
            helper.make_node("Where", ["is_odd", "odd_label", "honest_label"], ["label"]),
            helper.make_node("Unsqueeze", ["is_odd", "axis"], ["is_odd_row"]),
            helper.make_node("Where", ["is_odd_row", "odd", "honest"], ["probabilities"]),
        ]
    )
    return bytes(model.SerializeToString())


@pytest.mark.parametrize(
    ("label", "probability", "message"),
    [
        (7, 0.5, "outside the 2 classes"),
        (-1, 0.5, "outside the 2 classes"),
        (0, np.nan, "NaN or infinite"),
        (0, np.inf, "NaN or infinite"),
    ],
)
def test_malformed_predictions_beyond_the_golden_rows_are_refused(
    store: ModelStore, label: int, probability: float, message: str
) -> None:
    widest_golden_row = toy_rows()[:, 0].max()
    odd = odd_beyond(float(widest_golden_row), label, probability)
    candidate = handed_in(toy_model(onnx_bytes=odd))
    rows = np.vstack([toy_rows(9), [[100.0, 100.0]]])
    data = encode_holdout(Holdout(rows, np.zeros(10, dtype=np.int64)))
    failed = refuse(store, with_file(candidate, HOLDOUT, NPZ_MEDIA_TYPE, data).publish(store))
    assert list(failed) == ["score-reproduced"]
    assert message in failed["score-reproduced"]
