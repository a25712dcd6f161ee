"""A live score is compared with the score by which the gate decided, in one sentence."""

from datetime import UTC, datetime

import pytest

from gatekeeper.evidence.live_score_messages import VersionScore
from gatekeeper.live_score.score_board import LiveScore, ScoreBoard
from gatekeeper.live_status.bodies import LiveVersionScore
from gatekeeper.live_status.live_score_text import show_briefly, show_live_score
from shared.contract.documents import Registry
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.stores.builders import promote

NOW = datetime(2026, 1, 31, tzinfo=UTC)


@pytest.fixture
def registry(store: ModelStore) -> Registry:
    return promote(store, toy_model()).model_copy(
        update={"metrics": {"f1": 0.95, "neg_mean_absolute_error": -5.0}}
    )


def show(registry: Registry, metric: str = "f1", **found: object) -> LiveVersionScore:
    score = VersionScore.model_validate({"version": registry.version, "rows": 3000, **found})
    return show_live_score(ScoreBoard(metric, {1: LiveScore(score, NOW)}), registry)


@pytest.mark.parametrize(
    ("low", "high", "comparison", "end"),
    [
        (0.9, 0.95, "inside", "is inside this interval."),
        (
            0.9,
            0.94,
            "above",
            "is above this interval: the model does worse on these rows than there.",
        ),
        (
            0.96,
            0.99,
            "below",
            "is below this interval: the model does better on these rows than there.",
        ),
    ],
)
def test_the_promised_score_is_below_inside_or_above_the_interval(
    registry: Registry, low: float, high: float, comparison: str, end: str
) -> None:
    found = show(registry, value=(low + high) / 2, low=low, high=high)
    assert found.comparison == comparison
    assert found.promised == 0.95
    assert found.sentence.startswith(
        f"v1 has f1 {found.value:.4f} on 3,000 labelled rows; on other rows"
    )
    assert found.sentence.endswith(f"The gate's score on the holdout, 0.9500, {end}")


def test_an_error_is_a_positive_number_and_lower_is_better(registry: Registry) -> None:
    found = show(registry, "neg_mean_absolute_error", value=-7.0, low=-8.0, high=-6.0)
    assert found.comparison == "above"  # as scikit-learn counts
    assert found.sentence == (
        "v1 has MAE 7.0000 on 3,000 labelled rows; on other rows of this kind it is likely to be "
        "between 6.0000 and 8.0000. The gate's score on the holdout, 5.0000, is below this "
        "interval: the model does worse on these rows than there."
    )
    assert show_briefly(found) == "live MAE 7.0000 (6.0000 to 8.0000)"


def test_a_score_without_interval_or_promise_says_so(registry: Registry) -> None:
    found = show(registry, value=1.0, unusable=2, unusable_note="Both are odd.")
    assert found.comparison is None
    assert "which are too equal to show how far it may vary." in found.sentence
    assert found.sentence.endswith("Both are odd.")
    assert show_briefly(found) == "live f1 1.0000"
    other = show(registry, "accuracy", value=0.9, low=0.8, high=0.95)
    assert other.promised is None
    assert "The gate decided by another metric" in other.sentence


def test_a_version_without_a_score_gives_the_reason(registry: Registry) -> None:
    found = show(registry, problem="None of its logged rows has a label.", rows=0)
    much = show(registry, problem="It has no rows.", rows=0, oversized_segments=2)
    assert much.oversized_segments == 2
    assert much.sentence == (
        "v1 has no live score. It has no rows. Files of rows or labels with more than 64 MiB that "
        "are left out: 2. `make fsck` names them."
    )
    assert found.sentence == "v1 has no live score. None of its logged rows has a label."
    assert show_briefly(found) is None
    early = show_live_score(ScoreBoard("f1"), registry)
    assert early.sentence == "v1 has no live score. The labelled rows are not scored yet."
    failing = show_live_score(ScoreBoard("f1", problem="It ended."), registry)
    assert failing.problem == "It ended."
