"""The chart of scores: decisions, rollbacks, production, and what it does not draw."""

from datetime import UTC, datetime

import pytest

from gatekeeper.pages.score_chart import ScoreChart, score_chart
from shared.contract.check_result import CheckResult
from shared.contract.documents import Decision, Outcome, Registry
from tests.support.models.toy import toy_model

CANDIDATE = "20260101T000000000000Z-00000000"
WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def registry(number: int, metric: str, score: float) -> Registry:
    model = toy_model()
    return Registry(
        version=number,
        model_name="tree",
        metric=metric,
        metrics={metric: score},
        digest=model.digest,
        candidate_id=CANDIDATE,
        decision=number,
        promoted_at=WHEN,
        files=model.descriptors,
        previous_version=None,
    )


def decision(
    number: int,
    outcome: Outcome,
    score: float | None,
    *,
    metric: str = "accuracy",
    champion: float | None = None,
    interval: list[float] | None = None,
) -> Decision:
    """Return a decision; *score* is that of the candidate, or of the restored version."""
    observed = {"difference": 0.0, "interval": interval} if interval else None
    is_rollback = outcome == "rolled_back"
    is_new = is_rollback or outcome == "promoted"
    return Decision(
        number=number,
        previous=None,
        candidate_id=None if is_rollback else CANDIDATE,
        outcome=outcome,
        checks=(
            CheckResult(
                name="significance", passed=False, observed=observed, required=0.95, message=""
            ),
        ),
        decided_at=WHEN,
        model_name="tree",
        metric=metric,
        scores={"challenger": None if is_rollback else score, "champion": champion},
        registry=registry(number, metric, score) if is_new and score is not None else None,
    )


def draw(*decisions: Decision) -> ScoreChart:
    """Draw *decisions*, oldest first."""
    registries = [each.registry for each in decisions if each.registry]
    drawn = score_chart(decisions[::-1], registries[-1] if registries else None)
    assert drawn is not None
    return drawn


@pytest.mark.parametrize(
    ("metric", "champion", "interval", "drawn"),
    [
        ("accuracy", 0.75, [-0.25, 0.5], (0.5, 1.0)),
        ("f1", 0.25, [-0.5, 0.25], (0.0, 0.5)),
        ("matthews_corrcoef", -0.75, [-0.5, 0.5], (-1.0, -0.25)),
        ("neg_log_loss", -0.25, [-1.0, 0.5], (0.0, 1.25)),
        ("r2", 0.5, [-2.0, 1.0], (-1.5, 1.0)),
    ],
)
def test_an_interval_never_leaves_the_range_of_its_metric(
    metric: str, champion: float, interval: list[float], drawn: tuple[float, float]
) -> None:
    refused = decision(1, "refused", champion, metric=metric, champion=champion, interval=interval)
    assert draw(refused).points.intervals == [(1, *drawn)]


def test_rollbacks_and_the_model_in_production_now_are_drawn() -> None:
    chart = draw(
        decision(1, "promoted", 0.5),
        decision(2, "promoted", 0.75),
        decision(3, "refused", 0.25),
        decision(4, "rolled_back", 0.5),
        decision(5, "refused", 0.375),
    )
    points = chart.points
    assert points.promoted == [(1, 0.5), (2, 0.75)]
    assert points.others == [(3, 0.25), (5, 0.375)]
    assert points.rollbacks == [(4, 0.5)]
    assert points.production == [(1, 2, 0.5), (2, 4, 0.75), (4, 5, 0.5)]
    assert (points.now, chart.now) == ([(5, 0.5)], (4, 0.5))
    assert chart.svg.count("<circle") == 6, "five decisions, and a ring around production"


def test_a_changed_metric_is_said() -> None:
    rmse, mae = "neg_root_mean_squared_error", "neg_mean_absolute_error"
    chart = draw(
        decision(1, "promoted", -60.0, metric=rmse),
        decision(2, "refused", -70.0, metric=rmse),
        decision(3, "refused", -50.0, metric=mae),
        decision(4, "refused", None, metric=mae),
    )
    assert (chart.metric, chart.other_metrics) == (mae, {rmse: 2})
    assert chart.points.others == [(3, 50.0)]
    assert (chart.now, chart.points.now) == (None, [])
    assert chart.without_score == 1


def test_a_model_of_another_metric_ends_the_line_of_production() -> None:
    chart = draw(
        decision(1, "promoted", -60.0, metric="neg_mean_squared_error"),
        decision(2, "promoted", 0.5, metric="r2"),
        decision(3, "rolled_back", -60.0, metric="neg_mean_squared_error"),
        decision(4, "refused", 0.25, metric="r2"),
    )
    assert chart.points.production == [(2, 3, 0.5)]
    assert chart.points.rollbacks == []
    assert chart.now is None


def test_there_is_no_chart_without_a_score() -> None:
    assert score_chart([], None) is None
    assert score_chart([decision(1, "refused", None)], None) is None
