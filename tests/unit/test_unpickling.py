"""Only four places unpickle, and the search for others finds every spelling."""

import pytest

from tests.support.project import ROOT
from tests.unit.unpickling import unpickling

SHIPPED = ("trainer", "gatekeeper", "predictor", "shared", "deploy")
OF_MODELS = ROOT / "shared" / "inference" / "joblib_servable.py"
OF_A_CLUSTER = ROOT / "trainer" / "cluster" / "pickled.py"
OF_THE_PUBLISHER = ROOT / "trainer" / "brought_pipelines" / "pickled_pipeline.py"

OF_MLFLOW = ROOT / "trainer" / "mlflow_models" / "skops_file.py"
"""It builds objects of trusted types only."""

OFFENDERS = [
    "import pickle",
    "import pickle as harmless",
    "from pickle import loads",
    "from pickle import Unpickler as Reader",
    "import _pickle",
    "import cloudpickle\ncloudpickle.loads(data)",
    "from cloudpickle import load",
    "import cloudpickle\ncloudpickle.pickle.loads(data)",
    "import dill",
    "import marshal",
    "import shelve",
    "import torch\ntorch.load(file)",
    "import yaml\nyaml.load(text)",
    "import yaml\nyaml.unsafe_load(text)",
    "from yaml import full_load",
    "from skops import io",
    "def f():\n    from pickle import load\n    return load(file)",
    "import joblib\njoblib.load(file)",
    "import joblib as j\nread = j.load",
    "from joblib import load",
    "from joblib import load as read",
    "from joblib.numpy_pickle import load",
    "from joblib import *",
    "import joblib.numpy_pickle\njoblib.numpy_pickle.load(file)",
    "import joblib\ngetattr(joblib, 'load')(file)",
    "import pandas as pd\npd.read_pickle(file)",
    "from pandas import read_pickle",
    "import numpy as np\nnp.load(file, allow_pickle=True)",
    "import numpy as np\nnp.load(file, allow_pickle=wanted)",
    "eval(text)",
    "exec(text)",
    "run = exec",
    "import builtins\nbuiltins.eval(text)",
    "__import__('pickle').loads(data)",
    "import importlib\nimportlib.import_module('pickle')",
    "from importlib import import_module\nimport_module('dill')",
]
HARMLESS = [
    "import cloudpickle\ncloudpickle.dumps(model)",
    "import joblib\njoblib.dump(model, file)\njoblib.cpu_count()",
    "import json\njson.load(file)\njson.loads(text)",
    "import numpy as np\nnp.load(file, allow_pickle=False)",
    "import yaml\nyaml.safe_load(text)",
    "from yaml import safe_load",
    "import re\nre.compile('pickle')",
    "from shared.inference.joblib_servable import JoblibServable",
    "importlib.import_module(module_name)",
    "def _pickle(model): ...\n_pickle(model)",
]


@pytest.mark.parametrize("source", OFFENDERS)
def test_an_offender_is_found(source: str) -> None:
    assert unpickling(source)


@pytest.mark.parametrize("source", HARMLESS)
def test_the_harmless_is_left_alone(source: str) -> None:
    assert unpickling(source) == []


def test_only_four_places_unpickle() -> None:
    found = {
        path: offences
        for package in SHIPPED
        for path in (ROOT / package).rglob("*.py")
        if (offences := unpickling(path.read_text()))
    }
    assert found.keys() == {OF_MODELS, OF_A_CLUSTER, OF_THE_PUBLISHER, OF_MLFLOW}
    assert [offence.split(": ")[1] for offence in found[OF_MODELS]] == ["joblib.load"]
