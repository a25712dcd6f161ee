"""Operators without a bound are found wherever a model may hide them."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from onnx.helper import make_graph, make_node, make_operatorsetid, make_tensor_value_info
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.neighbors import KNeighborsClassifier

from shared.inference.onnx_reading.unbounded_operators import UNREADABLE, find_unbounded_operators
from tests.support.models import traps
from tests.support.models.served import exported, random_forest
from tests.support.models.toy import toy_onnx

ROWS = make_tensor_value_info("rows", TensorProto.FLOAT, [None, 2])
OUT = make_tensor_value_info("out", TensorProto.FLOAT, [None, 2])


def model(*nodes: onnx.NodeProto, functions: tuple[onnx.FunctionProto, ...] = ()) -> bytes:
    graph = make_graph(nodes, "graph", [ROWS], [OUT])
    made = helper.make_model(graph, opset_imports=[make_operatorsetid("", 17)])
    made.functions.extend(functions)
    return bytes(made.SerializeToString())


def branch(*nodes: onnx.NodeProto) -> onnx.GraphProto:
    return make_graph(nodes, "branch", [], [OUT])


LOOP = make_node("Loop", ["many", "go_on"], ["out"], body=branch())
RANDOM = make_node("RandomNormal", [], ["out"], shape=[2])
SCAN = make_node("Scan", ["rows"], ["out"], body=branch(), num_scan_inputs=1)
IF = make_node(
    "If", ["test"], ["out"], then_branch=branch(RANDOM), else_branch=branch(make_node(
        "If", ["test"], ["out"], then_branch=branch(LOOP), else_branch=branch())),
)  # fmt: skip
FUNCTION = helper.make_function(
    "own", "Hidden", ["rows"], ["out"], [LOOP], [make_operatorsetid("", 17)]
)
CASES = {
    "a loop": (model(LOOP), ("Loop",)),
    "a random operator": (model(RANDOM), ("RandomNormal",)),
    "loops in branches of branches": (model(IF), ("Loop", "RandomNormal")),
    "a function of the model": (
        model(make_node("Hidden", ["rows"], ["out"], domain="own"), functions=(FUNCTION,)),
        ("Loop",),
    ),
    "another domain": (
        model(make_node("Solve", ["rows"], ["out"], domain="com.example")), ("com.example:Solve",),
    ),
    "dropout that trains": (model(make_node("Dropout", ["rows", "r", "t"], ["out"])), ("Dropout",)),
    "dropout that does nothing": (model(make_node("Dropout", ["rows"], ["out"])), ()),
    "a scan over rows": (model(SCAN), ()),
    "a scan in a branch": (
        model(make_node("If", ["t"], ["out"], then_branch=branch(SCAN), else_branch=branch())),
        ("Scan",),
    ),
    "a scan over as many steps as a number says": (
        model(
            make_node("Range", ["zero", "rows", "one"], ["steps"]),
            make_node("Cast", ["steps"], ["numbers"], to=1),
            make_node("Scan", ["rows", "numbers"], ["out"], body=branch(), num_scan_inputs=1),
        ),
        ("Scan",),
    ),
    "no model": (b"this is no model", (UNREADABLE,)),
    "half a model": (toy_onnx()[:-9], (UNREADABLE,)),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_unbounded_operators_are_found(case: str) -> None:
    data, expected = CASES[case]
    assert find_unbounded_operators(data) == expected


def test_graphs_within_graphs_end_at_a_limit() -> None:
    inner = branch(LOOP)
    for _ in range(20):
        inner = branch(make_node("If", ["t"], ["out"], then_branch=inner, else_branch=branch()))
    data = model(make_node("If", ["t"], ["out"], then_branch=inner, else_branch=branch()))
    assert find_unbounded_operators(data) == (UNREADABLE,)


def test_models_of_the_trainer_have_none() -> None:
    random = np.random.default_rng(0)
    rows, labels = random.normal(size=(40, 2)), random.integers(0, 2, 40)
    estimators = (KNeighborsClassifier(), GaussianProcessRegressor(optimizer=None))
    fitted = [each.fit(rows, labels) for each in estimators]
    models = [toy_onnx(), *(exported(each, features=2) for each in fitted)]
    models.append(random_forest().files["model.onnx"])
    assert [find_unbounded_operators(each) for each in models] == [()] * len(models)
    assert find_unbounded_operators(traps.time_bomb().files["model.onnx"]) == ("Loop",)


def test_the_lists_of_a_forest_are_skipped_and_what_follows_is_found() -> None:
    node = make_node(
        "TreeEnsembleClassifier", ["rows"], ["out"], domain="ai.onnx.ml",
        a_floats=[1.5, float("nan"), -0.0] * 500, b_ints=[-1, 0, 1 << 40] * 500,
        c_strings=["BRANCH_LEQ", "LEAF", "x" * 40] * 500,
    )  # fmt: skip
    assert find_unbounded_operators(model(node, LOOP)) == ("Loop",)
