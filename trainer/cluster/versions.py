"""Compare the versions of workers with those of the trainer, before anything is fitted.

Another version may fit another model, or unpickle nothing. So a worker must have the same Python
(3.11, 3.12, …), the same libraries and the same code of this project.
"""

import hashlib
import importlib
import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from shared.errors import WorkersDifferError
from shared.text import join_some

Versions = Mapping[str, str]
"""A thing that decides the result of a fit -> its version."""

_LIBRARIES = ("cloudpickle", "joblib", "numpy", "pandas", "scikit-learn", "scipy")
_BOOSTERS = ("lightgbm", "xgboost")
"""Compared if the table of candidates has imported them. Their packages have several names."""
_PYTHON = "Python"
_CODE = "code of Modelgate"
_ROOT = Path(__file__).parents[2]
_PACKAGES = ("shared", "trainer")
_MISSING = "missing"


def own_versions() -> dict[str, str]:
    """Return the versions of this process, which workers must have too."""
    boosters = [name for name in _BOOSTERS if name in sys.modules]
    return report_versions((_PYTHON, _CODE, *_LIBRARIES, *boosters))


def report_versions(names: tuple[str, ...]) -> dict[str, str]:
    """Return the version of each of *names* in this process. Workers run this too."""
    return {name: _find_version(name) for name in names}


def require_equal(wanted: Versions, found: Mapping[str, Versions | str]) -> None:
    """Raise WorkersDifferError unless the versions that each worker has *found* are *wanted*.

    A string instead of versions says why the worker could not report them.
    """
    differences = []
    for worker, versions in sorted(found.items()):
        if isinstance(versions, str):
            differences.append(f"{worker} {versions}")
            continue
        others = [
            f"{name} {versions.get(name, _MISSING)} instead of {needed}"
            for name, needed in wanted.items()
            if versions.get(name) != needed
        ]
        if others:
            differences.append(f"{worker} has {', '.join(others)}")
    if differences:
        raise WorkersDifferError(
            "Nothing was fitted, because Dask workers differ from the trainer: "
            f"{join_some(differences)}. Start the workers from the trainer's image or environment."
        )


def _find_version(name: str) -> str:
    if name == _PYTHON:
        return f"{sys.version_info.major}.{sys.version_info.minor}"
    if name == _CODE:
        return digest_code()
    try:
        if name in _BOOSTERS:
            return str(importlib.import_module(name).__version__)
        return version(name)
    except (ImportError, PackageNotFoundError):
        return _MISSING


@cache
def digest_code() -> str:
    """Return a short digest of the code that workers run."""
    digest = hashlib.sha256()
    for package in _PACKAGES:
        for path in sorted((_ROOT / package).rglob("*.py")):
            digest.update(f"{path.relative_to(_ROOT)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
