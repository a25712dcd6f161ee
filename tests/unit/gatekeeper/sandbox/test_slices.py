import numpy as np
import pytest

from gatekeeper.evidence.comparison_messages import Slicing
from gatekeeper.sandbox.slices import score_slices, split_column
from shared.contract.documents import Artefact, Feature
from shared.inference.servable import Predictions
from shared.scoring.holdout_file import Holdout
from tests.support.models.toy import toy_model

PLAN = Feature(name="plan", type="category", categories=("basic", "plus"), nullable=True)
LOYAL = Feature(name="loyal", type="boolean")
AGE = Feature(name="age", type="number")
SIZE = Feature(name="size", type="number")
JUDGED: Artefact = toy_model().artefact.model_copy(update={"features": (PLAN, LOYAL, AGE, SIZE)})

ROWS = np.array(
    [
        [code, float(row % 2), float(row), float(row % 3)]
        for row, code in enumerate([0.0] * 20 + [1.0] * 15 + [np.nan] * 5)
    ]
)
TRUTH = np.arange(40) % 2
HOLDOUT = Holdout(ROWS, TRUTH)
RIGHT = Predictions(TRUTH.copy(), None)


def wrong_on(rows: slice) -> Predictions:
    values = TRUTH.copy()
    values[rows] = 1 - values[rows]
    return Predictions(values, None)


@pytest.mark.parametrize(
    ("place", "values"),
    [
        (0, ["missing", "basic", "plus"]),
        (1, ["false", "true"]),
        (2, ["up to 9.75", "above 9.75 and up to 19.5", "above 19.5 and up to 29.25"]),
        (3, ["0.0", "1.0", "2.0"]),
    ],
    ids=["a category", "a boolean", "a number", "a number with few values"],
)
def test_each_row_is_in_one_slice_of_a_column(place: int, values: list[str]) -> None:
    slices = dict(split_column(ROWS[:, place], JUDGED.features[place]))

    assert list(slices)[: len(values)] == values
    assert (np.sum(list(slices.values()), axis=0) == 1).all()


def test_a_slice_on_which_the_challenger_is_worse_comes_first() -> None:
    challenger, champion = wrong_on(slice(20, 26)), wrong_on(slice(0, 10))
    found = score_slices(
        Slicing(columns=("plan", "colour"), least_rows=10),
        HOLDOUT,
        JUDGED,
        "accuracy",
        [challenger, champion],
    )

    assert [(each.value, each.rows) for each in found] == [("plus", 15), ("basic", 20)]
    assert (found[0].challenger, found[0].champion) == (9 / 15, 1.0)
    assert found[1].difference == 0.5


def test_a_slice_is_named_in_any_spelling() -> None:
    feature = Feature(name="städte", type="boolean")
    judged = JUDGED.model_copy(update={"features": (PLAN, feature, AGE, SIZE)})
    slicing = Slicing(columns=(" sta\u0308dte",))
    found = score_slices(slicing, HOLDOUT, judged, "accuracy", [RIGHT])
    assert {each.value for each in found} == {"false", "true"}


def test_a_slice_of_one_class_has_no_auc_and_no_difference() -> None:
    sure = Predictions(TRUTH, np.column_stack((1.0 - TRUTH, TRUTH)))
    found = score_slices(Slicing(columns=("loyal",)), HOLDOUT, JUDGED, "roc_auc", [sure, sure])

    assert [(each.challenger, each.champion, each.difference) for each in found] == [
        (None, None, 0.0)
    ] * 2


def test_without_a_champion_only_the_challenger_is_scored_on_slices() -> None:
    found = score_slices(Slicing(columns=("loyal",)), HOLDOUT, JUDGED, "accuracy", [RIGHT])

    assert [(each.challenger, each.champion) for each in found] == [(1.0, None)] * 2
