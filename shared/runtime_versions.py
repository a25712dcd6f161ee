"""What runs a model here: the versions on which its answers, or whether it loads, depend."""

import platform
from importlib.metadata import PackageNotFoundError, version

PYTHON = "python"
SCIKIT_LEARN = "scikit-learn"
NUMPY = "numpy"
ONNXRUNTIME = "onnxruntime"


def runtime_versions() -> dict[str, str]:
    """The versions of Python and of these libraries that are installed; imports none of them."""
    found = {PYTHON: platform.python_version()}
    for name in (SCIKIT_LEARN, NUMPY, ONNXRUNTIME):
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # a predictor that takes no pickles has no scikit-learn
            continue
    return found
