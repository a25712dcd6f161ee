"""TRAINER_SEARCH tries settings of each candidate with a space, and keeps the best one."""

import gc
import weakref
from io import StringIO
from typing import Any, ClassVar, Self

import numpy as np
import pytest
from scipy.stats import loguniform, randint
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from shared.errors import CandidatesError
from tests.support.tables.tables import SCHEMA, blob_parts
from tests.unit.trainer.estimators import Answering, Failing
from trainer.candidates.candidate_table import Candidate
from trainer.candidates.estimator_text import describe_setting
from trainer.candidates.parameter_spaces import draw_settings
from trainer.console import Console
from trainer.fitting.candidate_search import fit_candidates
from trainer.fitting.candidate_trials import CandidateTrials
from trainer.fitting.progress import Progress
from trainer.fitting.trial import Trial, TrialContext, run_trial

SPLITS = blob_parts()
CONTEXT = TrialContext(SPLITS, SCHEMA, "f1", 42)


class Terminal(StringIO):
    """Output that a person looks at."""

    def isatty(self) -> bool:
        return True


def searched(
    search: int, *, seed: int = 42, output: StringIO | None = None, **table: Any
) -> list[Trial]:
    context = TrialContext(SPLITS, SCHEMA, "f1", seed, search)
    return fit_candidates(table, context, Console(output or StringIO()))


def test_the_best_setting_represents_its_candidate() -> None:
    (found,) = searched(3, stump=(Answering(0), {"answer": [0, 1]}))

    assert found.result.parameters["answer"] == 1, "which has some f1, and 0 has none"
    assert found.result.estimator == "Answering(answer=1)"
    assert found.result.settings_tried == 2, "there are no more combinations"
    assert found.fitted is not None
    assert found.fitted.score == found.result.metrics["f1"] > 0


def test_the_estimator_as_it_was_written_competes_and_wins_ties() -> None:
    output = StringIO()

    (found,) = searched(5, output=output, tree=(Answering(1), {"answer": [0, np.int64(1)]}))

    assert found.result.estimator == "Answering(answer=1)"
    assert "Searched tree: 2 settings, best f1 " in output.getvalue()
    assert output.getvalue().endswith(" as written\n")


def test_without_a_search_or_a_space_each_is_fitted_as_it_was_written() -> None:
    pair = (Answering(0), {"answer": [1]})

    (not_asked,) = searched(0, a=pair)
    (no_space,) = searched(9, a=Answering(0))

    assert (not_asked.result.settings_tried, no_space.result.settings_tried) == (0, 0)
    assert not_asked.result.parameters["answer"] == no_space.result.parameters["answer"] == 0


def test_the_same_seed_finds_the_same_however_many_threads_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table: dict[str, Any] = {
        "tree": (DecisionTreeClassifier(), {"max_depth": randint(1, 9), "max_features": [1, 2]}),
        "linear": (
            make_pipeline(StandardScaler(), LogisticRegression()),
            {"logisticregression__C": loguniform(1e-4, 1e2)},
        ),
    }

    def parameters(threads: int, seed: int) -> list[tuple[dict[str, Any], dict[str, float]]]:
        monkeypatch.setattr("joblib.cpu_count", lambda: threads)
        found = searched(8, seed=seed, **table)
        return [(trial.result.parameters, trial.result.metrics) for trial in found]

    assert parameters(1, seed=7) == parameters(4, seed=7)
    assert draw_settings({"C": loguniform(1e-4, 1e2)}, 8, 7) != draw_settings(
        {"C": loguniform(1e-4, 1e2)}, 8, 8
    )


def test_settings_are_numbers_of_python_and_there_are_no_more_than_combinations() -> None:
    drawn = draw_settings({"depth": np.arange(3), "kind": ["a", "b"]}, 100, 0)

    assert len(drawn) == 6
    assert {type(setting["depth"]) for setting in drawn} == {int}
    assert len(draw_settings({"C": loguniform(1, 2)}, 7, 0)) == 7


def test_estimators_within_a_space_stay_as_their_author_wrote_them() -> None:
    scaler = StandardScaler()
    pipeline = make_pipeline(StandardScaler(with_mean=False), LogisticRegression())

    searched(2, a=(pipeline, {"standardscaler": [scaler, "passthrough"]}))

    assert not hasattr(scaler, "mean_")


def test_a_setting_that_fails_is_noted_and_the_others_go_on() -> None:
    output = StringIO()

    (found,) = searched(
        9, output=output, tree=(DecisionTreeClassifier(max_depth=1), {"max_depth": [-1, 2, -2]})
    )

    assert found.result.error is None
    assert found.result.settings_tried == 3
    assert "note: tree: 2 of 3 settings failed, such as max_depth=-" in output.getvalue()
    assert "InvalidParameterError: The 'max_depth' parameter" in output.getvalue()


def test_a_setting_may_save_a_candidate_that_fails_as_it_was_written() -> None:
    tree = DecisionTreeClassifier(max_depth=-1)

    (saved,) = searched(1, a=(tree, {"max_depth": [2]}))
    (lost,) = searched(1, a=(Failing(), {"answer": [1]}))

    assert saved.result.error is None
    assert "rows are too many" in str(lost.result.error)
    assert lost.result.settings_tried == 1


class Broken:
    """A distribution that gives nothing."""

    def rvs(self, **_options: Any) -> float:
        raise ArithmeticError("no idea")


def test_a_space_that_gives_no_settings_is_one_sentence() -> None:
    with pytest.raises(
        CandidatesError,
        match=r"ArithmeticError: no idea \(test_candidate_trials\.py, line \d+\)\.",
    ):
        searched(1, a=(Answering(0), {"answer": Broken()}))


class Counted(Answering):
    """It knows how many of its fitted models are still held by somebody."""

    alive: ClassVar[weakref.WeakSet[Any]] = weakref.WeakSet()
    most: ClassVar[int] = 0

    def fit(self, X: Any, y: Any) -> Self:
        super().fit(X, y)
        self.alive.add(self)
        gc.collect()
        type(self).most = max(self.most, len(self.alive))
        return self


def test_only_the_best_model_of_each_candidate_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("joblib.cpu_count", lambda: 1)
    gc.freeze()  # the collections need not visit the objects of other tests

    (found,) = searched(20, a=(Counted(0), {"answer": list(range(-15, 2))}))

    assert found.result.settings_tried == 17
    assert Counted.most == 2, "the best one so far, and the one that is fitted now"


def search_of(finished: int, drawn: int = 8) -> CandidateTrials:
    candidate = Candidate("forest", Answering(1), {"answer": [0, 1]})
    search = CandidateTrials(candidate, [{"answer": 1}] * drawn)
    for number in range(finished):
        search.record(number, run_trial(candidate, search.settings[number], CONTEXT))
    return search


def test_a_terminal_shows_how_far_the_search_is() -> None:
    output = Terminal()
    progress = Progress([search_of(3)], "f1", Console(output))

    progress.show()

    assert "Searching forest 2/8, best f1 0." in output.getvalue()


def test_other_output_gets_a_line_at_each_quarter_and_no_more() -> None:
    output = StringIO()
    search = search_of(1)
    progress = Progress([search], "f1", Console(output))

    for number in range(1, 9):
        progress.show()
        progress.show()
        search.record(number, run_trial(search.candidate, {"answer": 1}, CONTEXT))
    progress.show()

    lines = output.getvalue().splitlines()
    assert [line.split(",")[0] for line in lines] == [f"Searching forest {n}/8" for n in (2, 4, 6)]


def test_before_a_search_the_candidates_in_training_are_named() -> None:
    output = Terminal()

    Progress([search_of(0), search_of(9)], "f1", Console(output)).show()

    assert "Training estimators 1/2, forest ... 0 s" in output.getvalue()


def test_a_setting_reads_as_in_a_call() -> None:
    setting = {"C": 0.123456789, "kind": "a", "depth": None, "steps": 12}
    assert describe_setting(setting) == "C=0.1235, kind='a', depth=None, steps=12"
