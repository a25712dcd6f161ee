"""Read which operators an ONNX model has, in its graph, its subgraphs and its functions.

The gatekeeper does not have the library onnx. So this module reads a few fields of the model's
protobuf message. The bytes are untrusted.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from shared.inference.onnx_reading.onnx_opsets import STANDARD
from shared.inference.onnx_reading.protobuf_fields import read_fields

MAX_DEPTH = 16
"""Most levels of nested graphs."""
_MAX_NAME = 128
_MODEL_GRAPH, _MODEL_FUNCTIONS = 7, 25
_GRAPH_NODES, _FUNCTION_NODES, _FUNCTION_NAME, _FUNCTION_DOMAIN = 1, 7, 1, 10
_INPUT, _OUTPUT, _OP_TYPE, _ATTRIBUTE, _DOMAIN = 1, 2, 4, 5, 7
_NAME, _INTEGER, _SUBGRAPH, _SUBGRAPHS = 1, 3, 6, 11
_SHORT_STRINGS = b"|".join(b"\\x%02x.{%d}" % (size, size) for size in range(16))
_LISTS = re.compile(
    rb"(?:\x3d.{4})++|(?:\x40[\x80-\xff]{0,9}[\x00-\x7f])++|(?:\x4a(?:" + _SHORT_STRINGS + rb"))++",
    re.DOTALL,
)
"""Fields `floats`, `ints` and `strings` of an attribute. A forest has millions of them."""


@dataclass(frozen=True)
class OnnxNode:
    """One node of a graph."""

    domain: str
    operator: str
    inputs: Sequence[str]
    outputs: Sequence[str]
    subgraphs: Sequence[Sequence["OnnxNode"]]
    scan_inputs: int
    """The attribute `num_scan_inputs`; 0 without it."""
    has_training_mode: bool
    """Whether it has a third input, which is the training mode of Dropout."""


@dataclass(frozen=True)
class OnnxGraphs:
    """The nodes of a model."""

    main: Sequence[OnnxNode]
    functions: dict[tuple[str, str], Sequence[OnnxNode]]
    """The model's own functions, by domain and name."""


def read_graphs(model: bytes) -> OnnxGraphs:
    """Read the nodes of *model*. Raises ValueError or IndexError if it is not a whole model."""
    main: list[OnnxNode] = []
    functions: dict[tuple[str, str], Sequence[OnnxNode]] = {}
    for number, value in read_fields(memoryview(model)):
        if not isinstance(value, memoryview):
            continue
        if number == _MODEL_GRAPH:
            main += _read_nodes(value, _GRAPH_NODES, MAX_DEPTH)
        elif number == _MODEL_FUNCTIONS:
            fields = dict(read_fields(value))
            key = _text(fields.get(_FUNCTION_DOMAIN)), _text(fields.get(_FUNCTION_NAME))
            functions[key] = [*functions.get(key, ()), *_read_nodes(value, _FUNCTION_NODES)]
    return OnnxGraphs(main, functions)


def _read_nodes(
    message: memoryview, field: int = _GRAPH_NODES, depth: int = MAX_DEPTH
) -> list[OnnxNode]:
    if depth == 0:
        raise ValueError(f"more than {MAX_DEPTH} graphs are within each other")
    return [
        _read_node(value, depth)
        for number, value in read_fields(message)
        if number == field and isinstance(value, memoryview)
    ]


def _read_node(message: memoryview, depth: int) -> OnnxNode:
    names: dict[int, list[str]] = {_INPUT: [], _OUTPUT: [], _OP_TYPE: [""], _DOMAIN: [""]}
    subgraphs: list[list[OnnxNode]] = []
    scan_inputs = 0
    for number, value in read_fields(message):
        if not isinstance(value, memoryview):
            continue
        if number in names:
            names[number].append(_text(value))
        elif number == _ATTRIBUTE:
            fields = list(read_fields(value, _LISTS))
            graphs = [each for field, each in fields if field in {_SUBGRAPH, _SUBGRAPHS}]
            subgraphs += [
                _read_nodes(each, depth=depth - 1)
                for each in graphs
                if isinstance(each, memoryview)
            ]
            last = dict(fields)
            count = last.get(_INTEGER)
            if _text(last.get(_NAME)) == "num_scan_inputs" and isinstance(count, int):
                scan_inputs = count
    return OnnxNode(
        domain=names[_DOMAIN][-1] or STANDARD,  # the last one counts if a field appears twice
        operator=names[_OP_TYPE][-1],
        inputs=names[_INPUT],
        outputs=names[_OUTPUT],
        subgraphs=subgraphs,
        scan_inputs=scan_inputs,
        has_training_mode=len(names[_INPUT]) > 2,  # noqa: PLR2004 - data, ratio, training mode
    )


def _text(value: int | memoryview | None) -> str:
    return str(value[:_MAX_NAME], "utf-8", "replace") if isinstance(value, memoryview) else ""
