"""Steps that fail are collected, and reported as one error."""

from collections.abc import Callable

import pytest

from shared.errors import DatasetError, ModelgateError, ProblemsError
from trainer.problems import Problems


def a_step(problems: Problems, error: Exception) -> None:
    with problems:
        raise error


def test_a_problem_is_kept_once() -> None:
    problems = Problems()
    for text in ("a", "b", "a"):
        a_step(problems, DatasetError(text))

    with pytest.raises(ProblemsError, match="^2 problems were found:\n1. a\n2. b$"):
        problems.require_none()


def test_an_error_that_is_not_about_settings_or_data_ends_the_run() -> None:
    errors: list[Callable[[], Exception]] = [lambda: ModelgateError("a"), KeyError]
    for make in errors:
        with pytest.raises(type(make())):
            a_step(Problems(), make())


def test_a_long_list_of_problems_is_cut() -> None:
    problems = Problems()
    for number in range(30):
        problems.add(DatasetError(f"no {number}"))

    with pytest.raises(ProblemsError, match="\n20. no 19\nAnd 10 more.$"):
        problems.require_none()
