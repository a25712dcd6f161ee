"""Find operators of an ONNX model whose work has no bound, or whose result is random."""

from collections.abc import Collection, Iterator, Sequence

from shared.inference.onnx_reading.onnx_graph import OnnxNode, read_graphs
from shared.inference.onnx_reading.onnx_opsets import STANDARD

UNREADABLE = "(unreadable)"
"""The only finding in a model whose operators cannot be read."""
_DOMAINS = frozenset({STANDARD, "ai.onnx.ml"})
_LOOPS = frozenset({"Loop", "Scan", "SequenceMap"})
_RANDOM = frozenset(
    {
        *("RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"),
        *("Multinomial", "Bernoulli"),
    }
)
_GROWING = frozenset(
    {
        *("ConstantOfShape", "EyeLike", "Expand", "OneHot", "Pad", "Range", "Resize", "Tile"),
        *("Upsample", "CenterCropPad", "ConcatFromSequence", "SequenceAt", "Loop", "If", "Scan"),
    }
)
"""Operators whose result may be longer than their inputs, because a value sets its length."""


def find_unbounded_operators(model: bytes) -> tuple[str, ...]:
    """List the operators without a bound, the random ones, and those of unknown domains.

    An operator that neither ONNX nor the model defines has its domain: `com.example:Solve`. A
    Scan has a bound if it takes as many steps as the request or the model has rows.
    """
    try:
        graphs = read_graphs(model)
    except (IndexError, ValueError):
        return (UNREADABLE,)
    own = graphs.functions.keys()
    found = {*_find(graphs.main, own, _find_bounded_scans(graphs.main))}
    for body in graphs.functions.values():
        found.update(_find(body, own))
    return tuple(sorted(found))


def _find(
    nodes: Sequence[OnnxNode],
    own: Collection[tuple[str, str]],
    bounded_scans: Collection[int] = (),
) -> Iterator[str]:
    """Yield the operators; *bounded_scans* are indices of nodes."""
    for index, node in enumerate(nodes):
        if node.domain not in _DOMAINS:
            if (node.domain, node.operator) not in own:
                yield f"{node.domain}:{node.operator}"
        elif _is_unbounded(node) and index not in bounded_scans:
            yield node.operator
        for subgraph in node.subgraphs:
            yield from _find(subgraph, own)


def _is_unbounded(node: OnnxNode) -> bool:
    is_random_dropout = node.operator == "Dropout" and node.has_training_mode
    return is_random_dropout or node.operator in _LOOPS | _RANDOM


def _find_bounded_scans(nodes: Sequence[OnnxNode]) -> set[int]:
    """Return the indices of each Scan over rows that no operator has made longer."""
    sources = {output: node for node in nodes for output in node.outputs}
    return {
        index
        for index, node in enumerate(nodes)
        if node.operator == "Scan"
        and 0 < node.scan_inputs <= len(node.inputs)
        and not _may_grow(node.inputs[-node.scan_inputs :], sources)
    }


def _may_grow(names: Sequence[str], sources: dict[str, OnnxNode]) -> bool:
    """Report whether a value among *names*, or one that it depends on, may be of any length."""
    open_names, seen = list(names), set[str]()
    while open_names:
        name = open_names.pop()
        node = sources.get(name)
        if name in seen or node is None:  # an input of the graph, or a constant
            continue
        seen.add(name)
        if node.operator in _GROWING or node.domain not in _DOMAINS:
            return True
        open_names += node.inputs
    return False
