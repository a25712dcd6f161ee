"""People see positive errors with their direction; other scores are as scikit-learn has them."""

import pytest

from shared.metric_text import name_direction, name_metric, show_score, to_shown
from shared.scoring.scorer_names import METRICS


@pytest.mark.parametrize(
    ("metric", "score", "shown"),
    [
        ("neg_mean_absolute_error", -77.7, "MAE 77.70, lower is better"),
        ("neg_root_mean_squared_error", -0.5, "RMSE 0.5000, lower is better"),
        ("neg_mean_squared_error", -123456.78, "MSE 123456.8, lower is better"),
        ("neg_mean_squared_error", -1e12, "MSE 1e+12, lower is better"),
        ("neg_log_loss", -0.0, "log loss 0.0000, lower is better"),
        ("neg_median_absolute_error", -3, "median absolute error 3.0000, lower is better"),
        ("r2", -0.25, "r2 -0.2500, higher is better"),
        ("roc_auc", 0.9, "roc_auc 0.9000, higher is better"),
    ],
)
def test_a_score_is_shown_with_its_name_and_direction(
    metric: str, score: float, shown: str
) -> None:
    text = f"{name_metric(metric)} {show_score(metric, score)}, {name_direction(metric)}"
    assert text == shown


def test_zero_has_no_sign() -> None:
    assert str(to_shown("neg_log_loss", 0.0)) == "0.0"
    assert show_score("neg_log_loss", 0.0) == "0.0000"


def test_every_metric_has_its_own_name() -> None:
    assert len({name_metric(metric) for metric in METRICS}) == len(METRICS)
    assert not [metric for metric in METRICS if "neg" in name_metric(metric)]
