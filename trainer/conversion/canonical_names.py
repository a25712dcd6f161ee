"""Give equal ONNX models equal bytes.

skl2onnx names values by counters of the process, and takes the operator sets from a Python set
(https://github.com/onnx/sklearn-onnx/issues/881). So the same pipeline can give different bytes.
Runtimes use only the names of the model's inputs and outputs; these stay.
"""

import onnx


def make_canonical(model: onnx.ModelProto) -> None:
    """Rename the values inside *model* by their order, and sort its operator sets, in place."""
    _sort_operator_sets(model)
    public = [value.name for value in (*model.graph.input, *model.graph.output)]
    # "" marks an optional input that is not given
    _rename(model.graph, {"": "", **{name: name for name in public}})


def _sort_operator_sets(model: onnx.ModelProto) -> None:
    """List each operator set once, in sorted order; skl2onnx lists some of them twice."""
    versions: dict[str, int] = {}
    for entry in model.opset_import:
        versions[entry.domain] = max(entry.version, versions.get(entry.domain, 0))
    del model.opset_import[:]
    for domain in sorted(versions):
        model.opset_import.append(onnx.helper.make_opsetid(domain, versions[domain]))


def _rename(graph: onnx.GraphProto, names: dict[str, str]) -> None:
    """Rename everything in *graph* in place, and add each new name to *names* (old -> new).

    All graphs of a model share the map, because inner graphs read values of outer graphs.
    """
    graph.name = "modelgate"
    for value in (*graph.input, *graph.initializer):
        value.name = _new_name(value.name, names)
    for sparse in graph.sparse_initializer:
        sparse.values.name = _new_name(sparse.values.name, names)
    for node in graph.node:
        node.name = ""
        node.input[:] = [_new_name(name, names) for name in node.input]
        node.output[:] = [_new_name(name, names) for name in node.output]
        for attribute in node.attribute:
            for inner in [attribute.g] if attribute.HasField("g") else attribute.graphs:
                _rename(inner, names)
    for value in (*graph.output, *graph.value_info):
        value.name = _new_name(value.name, names)


def _new_name(name: str, names: dict[str, str]) -> str:
    if name not in names:
        names[name] = f"value_{len(names)}"
    return names[name]
