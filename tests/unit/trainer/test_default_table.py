"""What is trained where nobody chose suits the task and the columns, and can be searched."""

from io import StringIO

import pytest

from shared.documents import Feature
from tests.tables import in_parts, noisy_plane, three_groups
from trainer.console import Console
from trainer.dataset import Dataset
from trainer.default_table import default_table
from trainer.schema import Schema
from trainer.selection import Fitting, fit_all
from trainer.spaces import require_space

HOLES = (
    Feature(name="age", type="number", nullable=True),
    Feature(name="city", type="category", categories=("Bern", "Chur")),
)


@pytest.mark.parametrize(
    ("data", "metric", "names"),
    [
        (three_groups(), "accuracy", ["logistic_regression", "random_forest"]),
        (noisy_plane(), "r2", ["ridge", "random_forest"]),
    ],
    ids=["classes", "numbers"],
)
def test_both_candidates_are_fitted_and_searched(
    data: Dataset, metric: str, names: list[str]
) -> None:
    fitting = Fitting(in_parts(data), data.schema, metric, 42, search=1)

    attempts = fit_all(default_table(data.schema), fitting, Console(StringIO()))

    assert [attempt.result.name for attempt in attempts] == names
    assert [attempt.result.error for attempt in attempts] == [None, None]
    assert [attempt.result.settings_tried for attempt in attempts] == [1, 1]


def test_the_spaces_of_mixed_columns_are_of_parameters_that_there_are() -> None:
    for task, classes in (("classification", ("a", "b")), ("regression", ())):
        schema = Schema(task, HOLES, classes)  # type: ignore[arg-type]  # mypy sees any text
        for name, (estimator, space) in default_table(schema).items():
            require_space(name, space, estimator.get_params(deep=True))
            assert space
