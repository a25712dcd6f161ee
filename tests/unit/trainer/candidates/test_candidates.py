"""The table of candidates: users bring their own, and read one sentence when it is not one."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from shared.errors import CandidatesError, SettingsError
from trainer.candidates.candidate_table import clone_with_seed, list_candidates, load_candidates


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Work in a temporary directory, and forget its modules afterwards."""
    monkeypatch.chdir(tmp_path)
    before = set(sys.modules)
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path])
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_a_module_in_the_current_directory_is_found(here: Path) -> None:
    package = here / "mine"
    package.mkdir()
    (package / "models.py").write_text(
        "from sklearn.tree import DecisionTreeClassifier\n"
        "TABLE = {'stump': DecisionTreeClassifier(max_depth=1)}\n"
    )

    table = load_candidates("mine.models:TABLE")

    assert list(table) == ["stump"]
    assert table["stump"].max_depth == 1


@pytest.mark.parametrize("setting", ["examples.forest", "examples.forest:", ":CANDIDATES", ""])
def test_a_malformed_candidates_setting_is_refused(setting: str) -> None:
    with pytest.raises(SettingsError, match="must have the form package.module:NAME"):
        load_candidates(setting)


PIPELINE = "from sklearn import pipeline, svm\nPIPELINE = pipeline.make_pipeline(svm.SVC())"
BAD_MODULES = {
    "raises": ("1 / 0", r"cannot be imported from .*: division by zero \(models\.py, line 1\)\."),
    "exits": ("raise SystemExit(3)", "cannot be imported from .*SystemExit"),
    "does not parse": ("TABLE = {", "cannot be imported from .*SyntaxError"),
    "lacks the name": ("OTHER = {}", "models has no TABLE"),
    "is a list": ("TABLE = []", "is a list; it must be a dictionary"),
    "is empty": ("TABLE = {}", "is empty; it needs an estimator"),
    "holds a number": (
        "TABLE = {'a': 1}",
        "'a' is a int, not an estimator; it needs the methods fit",
    ),
    "holds a class": (
        "from sklearn.tree import DecisionTreeClassifier\nTABLE = {'a': DecisionTreeClassifier}",
        r"'a' is the class DecisionTreeClassifier, not an estimator; write Dec\w+\(\)",
    ),
    "holds a triple": (
        "from sklearn.svm import SVC\nTABLE = {'a': (SVC(), {}, 1)}",
        r"'a' is a tuple of 3; it must be an estimator, or a pair \(estimator, parameter space",
    ),
    "holds a pair that is none": ("TABLE = {'a': (1, {})}", "'a' is a int, not an estimator"),
    "has a list as space": (
        "from sklearn.svm import SVC\nTABLE = {'a': (SVC(), [{'C': [1]}])}",
        r"'a' has a list as its parameter space; it must be a dictionary such as \{",
    ),
    "searches what there is not": (
        "from sklearn.svm import SVC\nTABLE = {'a': (SVC(), {'gama': [1]})}",
        r"'a' has no parameter 'gama' to search; did you mean 'gamma'\?",
    ),
    "searches what there is not at all": (
        "from sklearn.dummy import DummyClassifier as D\nTABLE = {'a': (D(), {'depth': [1]})}",
        r"no parameter 'depth' to search; it has constant, random_state, strategy\.",
    ),
    "forgets the step of a pipeline": (
        f"{PIPELINE}\nTABLE = {{'a': (PIPELINE, {{'C': [1]}})}}",
        r"'a' has no parameter 'C' to search; did you mean 'svc__C'\?",
    ),
    "has a value for a list": (
        "from sklearn.svm import SVC\nTABLE = {'a': (SVC(), {'kernel': 'rbf'})}",
        "'a': the space of 'kernel' is a str; it must be a list of values, or a distribution",
    ),
    "has an empty list": (
        "from sklearn.svm import SVC\nTABLE = {'a': (SVC(), {'C': []})}",
        "'a': the space of 'C' is empty; it needs a value",
    ),
    "has a number as name": ("TABLE = {1: 1}", "1 is not a name for an estimator"),
    "has an empty name": ("TABLE = {' ': 1}", "' ' is not a name for an estimator"),
    "has a name of two lines": (r"TABLE = {'a\nb': 1}", "is not a name for an estimator"),
    "has an endless name": ("TABLE = {'a' * 101: 1}", "at most 100 printable characters"),
}


@pytest.mark.parametrize(("source", "message"), BAD_MODULES.values(), ids=BAD_MODULES)
def test_a_module_without_a_table_is_one_sentence(here: Path, source: str, message: str) -> None:
    (here / "models.py").write_text(source)

    with pytest.raises(CandidatesError, match=message):
        load_candidates("models:TABLE")


def test_a_value_is_an_estimator_or_a_pair_of_one_and_its_space(here: Path) -> None:
    (here / "models.py").write_text(
        "from scipy.stats import loguniform\n"
        "from sklearn.linear_model import LogisticRegression\n"
        "LINEAR = LogisticRegression()\n"
        "SPACE = {'C': loguniform(0.01, 100), 'fit_intercept': (True, False), 'tol': [0.1, 0.2]}\n"
        "TABLE = {'fixed': LINEAR, 'searched': (LINEAR, SPACE)}\n"
    )

    fixed, searched = list_candidates(load_candidates("models:TABLE"))

    assert (fixed.name, fixed.space) == ("fixed", {})
    assert (searched.name, list(searched.space)) == ("searched", ["C", "fit_intercept", "tol"])
    assert searched.estimator is fixed.estimator


def test_a_stack_without_a_final_estimator_is_an_estimator_also_in_a_pipeline(here: Path) -> None:
    (here / "models.py").write_text(
        "from sklearn.ensemble import StackingClassifier\n"
        "from sklearn.linear_model import LogisticRegression\n"
        "from sklearn.model_selection import GridSearchCV\n"
        "from sklearn.pipeline import make_pipeline\n"
        "from sklearn.preprocessing import StandardScaler\n"
        "STACK = StackingClassifier([('a', LogisticRegression())])\n"
        "TABLE = {'stack': STACK, 'piped': make_pipeline(StandardScaler(), STACK),\n"
        "         'searched': GridSearchCV(STACK, {'cv': [2]})}\n"
        "SCALER = {'scaler': make_pipeline(StandardScaler())}\n"
    )

    assert list(load_candidates("models:TABLE")) == ["stack", "piped", "searched"]
    with pytest.raises(CandidatesError, match="'scaler' is a Pipeline, not an estimator"):
        load_candidates("models:SCALER")


def test_a_missing_module_is_named_with_the_searched_directory(here: Path) -> None:
    with pytest.raises(CandidatesError, match=f"nowhere cannot be imported from {here}"):
        load_candidates("nowhere:TABLE")


def test_the_seed_reaches_every_estimator_within_that_has_none() -> None:
    table = make_pipeline(
        StandardScaler(),
        BaggingClassifier(DecisionTreeClassifier(), random_state=7),
    )

    parameters = clone_with_seed(table, 42).get_params()

    assert parameters["baggingclassifier__estimator__random_state"] == 42
    assert parameters["baggingclassifier__random_state"] == 7, "its author chose it"
    assert clone_with_seed(StandardScaler(), 42).get_params() == StandardScaler().get_params()


def test_the_users_own_estimators_stay_as_they_are() -> None:
    mine = RandomForestClassifier()

    assert clone_with_seed(mine, 42) is not mine
    assert mine.random_state is None


def test_the_examples_are_tables() -> None:
    assert isinstance(
        load_candidates("examples.forest:CANDIDATES")["forest"], RandomForestClassifier
    )
    assert load_candidates("examples.weak:CANDIDATES")
    assert load_candidates("examples.mixed:CANDIDATES")
