"""The versions of Python and of the libraries that load and run models."""

import platform
from importlib.metadata import PackageNotFoundError, version

PYTHON = "python"
SCIKIT_LEARN = "scikit-learn"
NUMPY = "numpy"
ONNXRUNTIME = "onnxruntime"


def runtime_versions() -> dict[str, str]:
    """Return the versions of Python and of the installed libraries, without importing them."""
    versions = {PYTHON: platform.python_version()}
    for name in (SCIKIT_LEARN, NUMPY, ONNXRUNTIME):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:  # a predictor that refuses pickles has no scikit-learn
            continue
    return versions
