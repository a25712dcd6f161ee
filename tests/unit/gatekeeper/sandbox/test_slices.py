import numpy as np
import pytest

from gatekeeper.evidence.comparison_messages import Slicing
from gatekeeper.sandbox.column_slices import split_column
from gatekeeper.sandbox.slices import MAX_LOWEST, MAX_SLICES, MAX_UNJUDGED, score_slices
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
    found, _ = score_slices(
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
    found, _ = score_slices(slicing, HOLDOUT, judged, "accuracy", [RIGHT])
    assert {each.value for each in found} == {"false", "true"}


def test_a_slice_of_one_class_has_no_auc_and_is_not_judged() -> None:
    sure = Predictions(TRUTH, np.column_stack((1.0 - TRUTH, TRUTH)))
    slicing = Slicing(columns=("loyal",))
    judged, others = score_slices(slicing, HOLDOUT, JUDGED, "roc_auc", [sure, sure])

    assert (judged, others.count) == ((), 2)
    found = [(each.challenger, each.champion, each.difference) for each in others.slices]
    assert found == [(None, None, 0.0)] * 2


@pytest.mark.parametrize("metric", ["f1", "precision", "recall", "jaccard", "average_precision"])
def test_a_slice_without_a_positive_row_has_no_score_of_the_positive_class(metric: str) -> None:
    """The metric would be 0 there for every model, which no floor could accept."""
    sure = Predictions(TRUTH, np.column_stack((1.0 - TRUTH, TRUTH)))
    judged, others = score_slices(Slicing(columns=("loyal",)), HOLDOUT, JUDGED, metric, [sure])

    assert [(each.value, each.challenger) for each in judged] == [("true", 1.0)]
    assert [(each.value, each.challenger) for each in others.slices] == [("false", None)]


def test_slices_with_too_few_rows_are_scored_and_listed_worst_first() -> None:
    slicing = Slicing(columns=("plan", "loyal"), least_rows=20)
    judged, others = score_slices(
        slicing, HOLDOUT, JUDGED, "accuracy", [wrong_on(slice(35, 40)), RIGHT]
    )

    assert {each.value for each in judged} == {"basic", "false", "true"}
    found = [(each.value, each.rows, each.challenger, each.champion) for each in others.slices]
    assert found == [("missing", 5, 0.0, 1.0), ("plus", 15, 1.0, 1.0)]
    assert others.count == 2


def test_a_category_without_a_row_in_the_holdout_is_listed() -> None:
    rare = PLAN.model_copy(update={"categories": ("basic", "plus", "rare")})
    judged = JUDGED.model_copy(update={"features": (rare, LOYAL, AGE, SIZE)})
    _, others = score_slices(Slicing(columns=("plan",)), HOLDOUT, judged, "accuracy", [RIGHT])

    assert [(each.value, each.rows, each.challenger) for each in others.slices] == [
        ("rare", 0, None)
    ]


def test_of_many_small_slices_the_largest_are_scored_and_all_are_counted() -> None:
    rows = 3000
    names = tuple(f"town {number:03}" for number in range(200))
    towns = Feature(name="town", type="category", categories=names)
    truth = np.arange(rows) % 2
    place = np.minimum(np.arange(rows) // 10, 199).astype(float)
    judged = JUDGED.model_copy(update={"features": (towns,)})
    slicing = Slicing(columns=("town",), least_rows=100)
    found, others = score_slices(
        slicing, Holdout(place[:, None], truth), judged, "accuracy", [Predictions(truth, None)]
    )

    assert [(each.value, each.rows) for each in found] == [("town 199", 1010)]
    assert (len(others.slices), others.count) == (MAX_UNJUDGED, 199)


def test_the_lowest_and_the_highest_score_are_kept_among_many_slices() -> None:
    """The floor needs the lowest score, and the gap both: drops do not show them."""
    rows = np.repeat(np.arange(200), 10).astype(float)
    names = tuple(f"town {number:03}" for number in range(200))
    judged = JUDGED.model_copy(
        update={"features": (Feature(name="town", type="category", categories=names),)}
    )
    truth = np.arange(2000) % 2
    ours, theirs = truth.copy(), truth.copy()
    ours[:-10] = np.where(np.arange(1990) % 10 < 3, 1 - truth[:-10], truth[:-10])
    ours[1980:1989] = 1 - truth[1980:1989]
    theirs[1980:1990] = 1 - truth[1980:1990]
    predictions = [Predictions(each, None) for each in (ours, theirs)]
    found, _ = score_slices(
        Slicing(columns=("town",)), Holdout(rows[:, None], truth), judged, "accuracy", predictions
    )

    assert {"town 198", "town 199"} <= {each.value for each in found}
    assert len(found) <= MAX_SLICES + MAX_LOWEST + 2


def test_a_slice_of_few_rows_has_intervals_and_one_of_many_has_none() -> None:
    (few,), _ = score_slices(
        Slicing(columns=("plan",), least_rows=20), HOLDOUT, JUDGED, "accuracy", [RIGHT, RIGHT]
    )
    assert few.interval is not None
    assert few.interval[0] < 0.9 < few.interval[1] == 1.0
    assert few.difference_interval is not None
    assert few.difference_interval[0] < 0 < few.difference_interval[1]
    many = Holdout(np.tile(ROWS, (60, 1)), np.tile(TRUTH, 60))
    right = Predictions(many.target.copy(), None)
    found, _ = score_slices(
        Slicing(columns=("plan",), least_rows=1001), many, JUDGED, "f1", [right]
    )
    assert [each.interval for each in found] == [None]


def test_without_a_champion_only_the_challenger_is_scored_on_slices() -> None:
    found, _ = score_slices(Slicing(columns=("loyal",)), HOLDOUT, JUDGED, "accuracy", [RIGHT])

    assert [(each.challenger, each.champion) for each in found] == [(1.0, None)] * 2


def test_slices_of_rows_that_belong_together_have_no_intervals() -> None:
    models = [RIGHT, wrong_on(slice(0, 4))]
    asked = Slicing(columns=("plan",), least_rows=10)
    for has_groups in (False, True):
        judged, others = score_slices(
            asked, HOLDOUT, JUDGED, "accuracy", models, has_groups=has_groups
        )
        found = [*judged, *others.slices]
        assert len(found) == 3
        assert all((each.interval is None) == has_groups for each in found)
