"""One form for ONNX models that say the same: converters name things by counters and sets.

Names inside a graph mean nothing; what stays are those of its inputs and outputs, by which
runtimes call it.
"""

import onnx

_GRAPH = "modelgate"


def make_canonical(model: onnx.ModelProto) -> None:
    """Number the names inside *model* in their order, and sort its operator sets."""
    _sort_operator_sets(model)
    public = [value.name for value in (*model.graph.input, *model.graph.output)]
    # "" stands for an optional input that is not given
    _rename(model.graph, {"": "", **{name: name for name in public}})


def _sort_operator_sets(model: onnx.ModelProto) -> None:
    """Name each operator set once; skl2onnx takes them from a set, some of them twice."""
    versions: dict[str, int] = {}
    for entry in model.opset_import:
        versions[entry.domain] = max(entry.version, versions.get(entry.domain, 0))
    del model.opset_import[:]
    for domain in sorted(versions):
        model.opset_import.append(onnx.helper.make_opsetid(domain, versions[domain]))


def _rename(graph: onnx.GraphProto, names: dict[str, str]) -> None:
    """Rename everything in *graph*; *names* maps old to new and grows with each new one.

    One map for all graphs of a model, for inner graphs read the values of outer ones.
    """
    graph.name = _GRAPH
    for value in (*graph.input, *graph.initializer):
        value.name = _new_name(value.name, names)
    for sparse in graph.sparse_initializer:
        sparse.values.name = _new_name(sparse.values.name, names)
    for node in graph.node:
        node.name = ""
        node.input[:] = [_new_name(name, names) for name in node.input]
        node.output[:] = [_new_name(name, names) for name in node.output]
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs) if _holds_graphs(attribute) else ():
                _rename(inner, names)
    for value in (*graph.output, *graph.value_info):
        value.name = _new_name(value.name, names)


def _holds_graphs(attribute: onnx.AttributeProto) -> bool:
    return attribute.type in {onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS}


def _new_name(name: str, names: dict[str, str]) -> str:
    if name not in names:
        names[name] = f"value_{len(names)}"
    return names[name]
