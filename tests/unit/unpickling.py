"""A search in Python source for unpickling and other ways to turn data into code."""

import ast
from collections.abc import Iterator

_MODULES = frozenset(
    {
        *("pickle", "_pickle", "pickletools", "dill", "marshal", "shelve"),
        *("jsonpickle", "skops", "torch"),
    }
)
"""Modules that the product must not use at all."""
_LOADERS = frozenset(
    {
        *("load", "loads", "Unpickler", "read_pickle", "*"),
        *("load_all", "full_load", "full_load_all", "unsafe_load", "unsafe_load_all"),
    }
)
_OWNERS = frozenset({"cloudpickle", "joblib", "pandas", "yaml"})
"""Modules that the product may use, except their loaders."""
_BUILTINS = frozenset({"eval", "exec", "__import__"})
_IMPORTERS = frozenset({"import_module", "__import__", "getattr"})


def unpickling(source: str) -> list[str]:
    """List the names in *source* that may run data as code, with their lines."""
    tree = ast.parse(source)
    aliases = dict(_aliases(tree))
    return [
        f"line {getattr(node, 'lineno', 0)}: {found}"
        for node in ast.walk(tree)
        for found in _found(node, aliases)
    ]


def _aliases(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield the names of a file and the dotted names that they import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for each in node.names:
                top = each.name.split(".")[0]
                yield each.asname or top, each.name if each.asname else top
        elif isinstance(node, ast.ImportFrom) and node.module:
            for each in node.names:
                yield each.asname or each.name, f"{node.module}.{each.name}"


def _found(node: ast.AST, aliases: dict[str, str]) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (each.name for each in names if _is_bad(each.name))
        case ast.ImportFrom(module=str(module), names=names):
            dotted = [f"{module}.{each.name}" for each in names]
            yield from (name for name in dotted if _is_bad(name))
        case ast.Attribute() | ast.Name():
            first, _, rest = _dotted(node).partition(".")
            name = f"{aliases.get(first, first)}.{rest}".rstrip(".")
            is_imported = first in aliases
            if (is_imported and _is_bad(name)) or name.removeprefix("builtins.") in _BUILTINS:
                yield name
        case ast.Call(func=function, args=arguments, keywords=keywords):
            for keyword in keywords:
                if keyword.arg == "allow_pickle" and ast.unparse(keyword.value) != "False":
                    yield "allow_pickle"
            if ast.unparse(function).split(".")[-1] in _IMPORTERS:
                texts = [each.value for each in arguments if isinstance(each, ast.Constant)]
                yield from (str(each) for each in texts if each in _LOADERS | _MODULES)


def _dotted(node: ast.expr) -> str:
    """Return a dotted name as it is written; unparse only what is more than a name."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attribute):
            return f"{_dotted(value)}.{attribute}"
        case _:
            return ast.unparse(node)


def _is_bad(name: str) -> bool:
    first, *rest = name.split(".")
    return first in _MODULES or (first in _OWNERS and bool(rest) and rest[-1] in _LOADERS)
