"""The versions of the libraries that run models, read without importing them."""

import subprocess
import sys
from importlib.metadata import PackageNotFoundError

import numpy as np
import onnxruntime
import pytest
import sklearn

from shared import runtime_versions as module
from shared.runtime_versions import runtime_versions
from shared.version import VERSION


def test_runtime_versions_are_what_the_libraries_report() -> None:
    assert runtime_versions() == {
        "modelgate": VERSION,
        "python": ".".join(map(str, sys.version_info[:3])),
        "scikit-learn": sklearn.__version__,
        "numpy": np.__version__,
        "onnxruntime": onnxruntime.__version__,
    }


def test_versions_are_read_without_importing_the_libraries() -> None:
    script = (
        "import sys; from shared.runtime_versions import runtime_versions; runtime_versions(); "
        "assert not {'sklearn', 'numpy', 'onnxruntime'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_library_that_is_not_there_has_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name == "scikit-learn":
            raise PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(module, "version", version)
    assert runtime_versions().keys() == {"modelgate", "python", "numpy", "onnxruntime"}
