"""The chart of the overview draws scores and intervals that the metric can have."""

from datetime import UTC, datetime
from typing import Any

import pytest

from gatekeeper.pages import overview
from shared.contract.check_result import CheckResult
from shared.contract.documents import Decision


def decision(metric: str, champion: float, interval: list[float]) -> Decision:
    observed = {"difference": 0.0, "interval": interval}
    return Decision(
        number=1,
        previous=None,
        candidate_id="20260101T000000000000Z-00000000",
        outcome="refused",
        checks=(
            CheckResult(
                name="significance", passed=False, observed=observed, required=0.95, message=""
            ),
        ),
        decided_at=datetime(2026, 1, 1, tzinfo=UTC),
        model_name="tree",
        metric=metric,
        scores={"challenger": champion, "champion": champion},
        registry=None,
    )


@pytest.mark.parametrize(
    ("metric", "champion", "interval", "drawn"),
    [
        ("accuracy", 0.75, [-0.25, 0.5], (0.5, 1.0)),
        ("f1", 0.25, [-0.5, 0.25], (0.0, 0.5)),
        ("matthews_corrcoef", -0.75, [-0.5, 0.5], (-1.0, -0.25)),
        ("neg_log_loss", -0.25, [-1.0, 0.5], (-1.25, 0.0)),
        ("r2", 0.5, [-2.0, 1.0], (-1.5, 1.0)),
    ],
)
def test_an_interval_never_leaves_the_range_of_its_metric(
    monkeypatch: pytest.MonkeyPatch,
    metric: str,
    champion: float,
    interval: list[float],
    drawn: tuple[float, float],
) -> None:
    calls: list[tuple[Any, ...]] = []

    def record(*args: Any) -> str:
        calls.append(args)
        return ""

    monkeypatch.setattr(overview, "draw_scores", record)
    overview._chart([decision(metric, champion, interval)], metric)
    assert calls[0][-1] == [(1, *drawn)]
