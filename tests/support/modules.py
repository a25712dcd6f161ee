"""The modules of the product, what they import, and circles among them."""

import ast
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from tests.support.project import ROOT

PACKAGES = ("trainer", "gatekeeper", "predictor", "shared", "deploy", "bench")


@cache
def modules() -> Mapping[str, Path]:
    """List the modules of the product by their dotted names."""
    found = {}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts).removesuffix(".__init__")] = path
    return found


@cache
def tree(module: str) -> ast.Module:
    """Parse a module, once for all tests."""
    return ast.parse(modules()[module].read_text())


@cache
def imports(module: str) -> frozenset[str]:
    """List what a module imports, within functions too: modules of the product, or libraries."""
    found = set[str]()
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                found.add(name if name in modules() else node.module)
    return frozenset(found - {module})


def room(module: str) -> str:
    """Name a module's folder, or the module itself where it is beside the rooms."""
    folder = modules()[module].parent.relative_to(ROOT).parts
    return ".".join(folder) if len(folder) > 1 else module


def cycle(arrows: Mapping[str, Iterable[str]]) -> list[str]:
    """Find a path that returns to where it began; empty where there is none."""
    done = set[str]()

    def walk(path: list[str]) -> list[str]:
        for target in arrows.get(path[-1], ()):
            if target in path:
                return [*path[path.index(target) :], target]
            if target not in done and (found := walk([*path, target])):
                return found
        done.add(path[-1])
        return []

    return next((found for start in arrows if (found := walk([start]))), [])
