"""A directory that cannot be published ends in one sentence, and nothing is published."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xgboost
from sklearn.linear_model import LogisticRegression

from shared.store.store import ModelStore
from tests.support.models import mlflow_directories, outside, pipelines
from tests.support.stores.brought import bring
from tests.support.sweep import sweep
from trainer.brought_models.bare.unfit_model import UnfitModelError

TABLE = outside.boosted_table(80)


def write(path: Path, **fields: Any) -> Path:
    """Write a directory of scikit-learn with other fields of the flavour."""
    rows, target = pipelines.split_target(TABLE)
    directory = mlflow_directories.write_sklearn(path, LogisticRegression().fit(rows, target))
    mlflow_directories.change_fields(directory, "sklearn", **fields)
    return directory


def with_text(text: str | bytes) -> Callable[[Path], Path]:
    """Return a function that writes a directory with this MLmodel."""

    def make(path: Path) -> Path:
        content = text if isinstance(text, bytes) else text.encode()
        (write(path) / "MLmodel").write_bytes(content)
        return path

    return make


def with_link(path: Path) -> Path:
    """Write a directory whose model is a link to a file outside."""
    outer = path.parent / "outer.pkl"
    (write(path) / "model.pkl").rename(outer)
    (path / "model.pkl").symlink_to(outer)
    return path


def with_pipe(path: Path) -> Path:
    """Write a directory whose model is a named pipe."""
    (write(path) / "model.pkl").unlink()
    os.mkfifo(path / "model.pkl")
    return path


def without(name: str) -> Callable[[Path], Path]:
    """Return a function that writes a directory, and removes one of its files."""

    def make(path: Path) -> Path:
        (write(path) / name).unlink()
        return path

    return make


def ranking(path: Path) -> Path:
    """Write a Booster that ranks rows."""
    rows, target = outside.boosted_rows(80, seed=3)
    data = xgboost.DMatrix(rows, target)
    data.set_group([40, 40])
    return mlflow_directories.write_xgboost(
        path, xgboost.train({"objective": "rank:ndcg"}, data, 2)
    )


def with_short_weights(path: Path) -> Path:
    """Write an ONNX model whose file of weights is cut off."""
    directory = mlflow_directories.write_onnx(path, outside.softmax())
    (weights,) = directory.glob("*.data")
    weights.write_bytes(weights.read_bytes()[:20])
    return directory


def without_weights(path: Path) -> Path:
    """Write an ONNX model without its file of weights."""
    directory = mlflow_directories.write_onnx(path, outside.softmax())
    (weights,) = directory.glob("*.data")
    weights.unlink()
    return directory


def with_flavours(*names: str) -> Callable[[Path], Path]:
    """Return a function that writes a directory with other flavours."""
    return with_text("flavors:\n" + "".join(f"  {name}: {{data: model}}\n" for name in names))


def with_other_columns(path: Path) -> Path:
    """Write an ONNX model whose signature names another column, which its matrix does not show."""
    return mlflow_directories.write_onnx(path, outside.softmax(), "abce")


def of_xgboost(**fields: Any) -> Callable[[Path], Path]:
    """Return a function that writes a directory of XGBoost with other fields."""

    def make(path: Path) -> Path:
        directory = mlflow_directories.write_xgboost(path, pipelines.xgboost_on_arrays())
        mlflow_directories.change_fields(directory, "xgboost", **fields)
        return directory

    return make


CASES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "no MLmodel": (without("MLmodel"), "without a file MLmodel"),
    "an empty file": (with_text(""), "it has no bytes"),
    "not YAML": (with_text("flavors: [\n"), "is not YAML in UTF-8 (line 2"),
    "an object of Python": (with_text("!!python/object/apply:os.system [ls]"), "is not YAML"),
    "not UTF-8": (with_text(b"flavors: \xff"), "is not YAML in UTF-8"),
    "too deep": (with_text("[" * 20_000), "is not YAML in UTF-8"),
    "too large": (with_text(b"#" * (1 << 20) + b"\n"), "at most 1048576 are read"),
    "a list": (with_text("- flavors"), "is not a list of fields"),
    "no flavors": (with_text("mlflow_version: 3.17.2"), "has no flavors"),
    "flavors of another kind": (with_text("flavors: sklearn"), "has no flavors"),
    "only python_function": (
        with_flavours("python_function"),
        "only the flavors 'python_function'",
    ),
    "PyTorch": (with_flavours("python_function", "pytorch"), "'python_function', 'pytorch'"),
    "no file is named": (lambda path: write(path, pickled_model=None), "the field 'pickled_model'"),
    "the file is missing": (without("model.pkl"), "lacks the file 'model.pkl'"),
    "a path to the outside": (lambda path: write(path, pickled_model="../a.pkl"), "leads out"),
    "an absolute path": (lambda path: write(path, pickled_model="/etc/passwd"), "leads out"),
    "the directory itself": (lambda path: write(path, pickled_model="."), "leads out"),
    "a path with a NUL": (lambda path: write(path, pickled_model="a\0b"), "cannot be followed"),
    "a link to the outside": (with_link, "leads out"),
    "a pipe": (with_pipe, "is not a file"),
    "code outside": (lambda path: write(path, code="../code"), "leads out"),
    "XGBRanker": (of_xgboost(model_class="xgboost.sklearn.XGBRanker"), "is a XGBRanker"),
    "a class that is a list": (of_xgboost(model_class=["Booster"]), "is a model of XGBoost"),
    "a ranking Booster": (ranking, "the objective 'rank:ndcg'"),
    "not of XGBoost": (of_xgboost(data="MLmodel"), "XGBoost cannot read the model"),
    "weights that are cut off": (with_short_weights, "has 20 bytes"),
    "weights that are missing": (without_weights, "are in another file"),
    "another column": (with_other_columns, "the columns 'a', 'b', 'c', 'e', but the features"),
}


@pytest.mark.parametrize(
    "case", sweep(CASES, "no MLmodel", "PyTorch", "a path to the outside", "too large")
)
def test_an_unfit_directory_ends_in_one_sentence_and_nothing_is_published(
    store: ModelStore, tmp_path: Path, case: tuple[Callable[[Path], Path], str]
) -> None:
    make, sentence = case
    with pytest.raises(UnfitModelError) as refused:
        bring(store, tmp_path / "in", make(tmp_path / "model"), TABLE)
    text = str(refused.value)
    assert sentence in text
    assert "\n" not in text
    assert text.endswith((".", ")"))
    assert store.candidates.ids() == []


@pytest.mark.parametrize("address", ["models:/churn/7", "models:/churn@champion", "runs:/12/model"])
def test_an_address_at_a_server_says_how_to_get_the_directory(
    store: ModelStore, tmp_path: Path, address: str
) -> None:
    with pytest.raises(UnfitModelError, match="mlflow artifacts download -u"):
        bring(store, tmp_path / "in", address, TABLE)


def test_other_versions_are_named_with_both_numbers(store: ModelStore, tmp_path: Path) -> None:
    directory = write(tmp_path / "model", sklearn_version="0.1.2")
    document = (directory / "MLmodel").read_text()
    (directory / "MLmodel").write_text(
        document.replace(f"python_version: {mlflow_directories.PYTHON}", "python_version: 3.6.1")
    )
    shown = bring(store, tmp_path / "in", directory, TABLE)
    assert "warning: The model was saved with scikit-learn 0.1.2, but " in shown
    assert "warning: The model was saved with Python 3.6.1, but this is " in shown
    assert len(store.candidates.ids()) == 1


def test_a_pickle_that_cannot_be_read_names_the_other_version_too(
    store: ModelStore, tmp_path: Path
) -> None:
    directory = write(tmp_path / "model", sklearn_version="0.1.2")
    (directory / "model.pkl").write_bytes(b"cno_such_module\nModel\n.")
    with pytest.raises(UnfitModelError, match=r"no_such_module.*scikit-learn 0\.1\.2"):
        bring(store, tmp_path / "in", directory, TABLE)


def test_the_code_of_the_directory_is_found_while_the_model_is_read(
    store: ModelStore, tmp_path: Path
) -> None:
    directory = write(tmp_path / "model", code="code")
    (directory / "code").mkdir()
    (directory / "code" / "own_module_of_a_model.py").write_text("print('imported')")
    (directory / "model.pkl").write_bytes(b"cown_module_of_a_model\nModel\n.")
    with pytest.raises(UnfitModelError, match="has no attribute|AttributeError"):
        bring(store, tmp_path / "in", directory, TABLE)


def test_a_model_of_skops_is_read_or_says_what_it_needs(store: ModelStore, tmp_path: Path) -> None:
    """MLflow 3 saves with skops by default, which is not locked here."""
    directory = write(tmp_path / "model", serialization_format="skops", pickled_model="model.pkl")
    with pytest.raises(UnfitModelError, match=r"pip install skops|skops cannot read the model"):
        bring(store, tmp_path / "in", directory, TABLE)
    io = pytest.importorskip("skops.io")
    rows, target = pipelines.split_target(TABLE)
    (directory / "model.pkl").write_bytes(io.dumps(LogisticRegression().fit(rows, target)))
    bring(store, tmp_path / "in", directory, TABLE)
    assert len(store.candidates.ids()) == 1
