"""The notebook of the examples runs from top to bottom.

Its cells run in one namespace of this process. A kernel would need 20 packages more for the same
lines; `_repr_html_` is called as a notebook does.
"""

import json
import sys
from typing import Any

import pytest

from shared.store.store import ModelStore
from tests.support.project import ROOT
from tests.support.stores.gatekeeper_thread import gatekeeper_thread


def test_the_cells_of_the_notebook_publish_a_model(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = json.loads((ROOT / "examples" / "notebook.ipynb").read_text())
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    monkeypatch.chdir(ROOT / "examples")
    monkeypatch.setenv("STORE_DIR", str(store.layout.root))
    monkeypatch.setenv("METRIC", "accuracy")
    monkeypatch.setattr(sys, "path", [*sys.path])
    names: dict[str, Any] = {"__name__": "__main__"}
    with gatekeeper_thread(store.layout.root, METRIC="accuracy"):
        for number, cell in enumerate(cells, 1):
            exec(compile(cell, f"cell {number}", "exec"), names)  # noqa: S102 - our own example
    result = names["result"]
    assert (result.outcome, result.version) == ("promoted", 1)
    assert "notebook: promoted to v1" in result._repr_html_()
    assert notebook["nbformat"] == 4
    assert all(not cell.get("outputs") for cell in notebook["cells"])
