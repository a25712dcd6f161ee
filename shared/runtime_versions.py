"""The versions of Modelgate, of Python and of the libraries that load and run models."""

import platform
from importlib.metadata import PackageNotFoundError, version

from shared.version import VERSION

PYTHON = "python"
SCIKIT_LEARN = "scikit-learn"
NUMPY = "numpy"
ONNXRUNTIME = "onnxruntime"
MODELGATE = "modelgate"


def runtime_versions() -> dict[str, str]:
    """Return the versions of Modelgate, Python and the libraries, without importing them."""
    versions = {MODELGATE: VERSION, PYTHON: platform.python_version()}
    for name in (SCIKIT_LEARN, NUMPY, ONNXRUNTIME):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:  # a predictor that refuses pickles has no scikit-learn
            continue
    return versions
