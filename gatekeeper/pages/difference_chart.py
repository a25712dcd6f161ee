"""The chart of the score difference between a candidate and production, with its interval."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from gatekeeper.policy.check_names import to_check_id
from gatekeeper.policy.scores.significance import SIGNIFICANCE
from shared.contract.check_result import CheckResult
from shared.metric_text import name_metric, to_shown
from shared.reports.svg_charts import draw_interval
from shared.scoring.score_ranges import clip_to_range

if TYPE_CHECKING:
    from markupsafe import Markup


def recorded_interval(checks: Iterable[CheckResult]) -> dict[str, Any] | None:
    """Return the recorded bootstrap interval with `low` and `high`; None if it is incomplete."""
    for check in checks:
        match check.observed:
            case {"difference": int() | float(), "interval": [int() | float(), int() | float()]}:
                if to_check_id(check.name) == SIGNIFICANCE.id:
                    low, high = check.observed["interval"]
                    return {**check.observed, "low": low, "high": high}
    return None


def clip_interval(found: dict[str, Any], metric: str, champion: float) -> tuple[float, float]:
    """Return the scores that the interval reaches from *champion*, within the metric's range."""
    return (
        clip_to_range(metric, champion + found["low"]),
        clip_to_range(metric, champion + found["high"]),
    )


def difference_chart(checks: Iterable[CheckResult], metric: str, champion: Any) -> "Markup | None":
    """Draw the interval of the difference to production; None if it is not recorded.

    The interval ends where the candidate's score would leave the metric's range.
    """
    found = recorded_interval(checks)
    if found is None:
        return None
    ends = [found["low"], found["high"]]
    if isinstance(champion, int | float):
        ends = [end - champion for end in clip_interval(found, metric, champion)]
    low, high = sorted(to_shown(metric, end) for end in ends)
    return draw_interval(
        "Difference to production, and its interval",
        f"{name_metric(metric)}: candidate minus production",
        low,
        to_shown(metric, found["difference"]),
        high,
    )
