"""The chart of the score difference between a candidate and production, with its bounds."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gatekeeper.policy.check_names import to_check_id
from gatekeeper.policy.scores.difference_text import Difference, read_difference
from gatekeeper.policy.scores.significance import SIGNIFICANCE
from shared.contract.check_result import CheckResult
from shared.metric_text import is_error, name_metric, show_difference, to_shown
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


@dataclass(frozen=True)
class DifferenceChart:
    """The chart of a difference, and what its parts mean."""

    svg: "Markup"
    caption: str


def difference_chart(
    checks: Iterable[CheckResult], metric: str, champion: Any
) -> DifferenceChart | None:
    """Draw the bounds of the difference to production; None if they are not recorded.

    They end where the candidate's score would leave the metric's range.
    """
    found = recorded_interval(checks)
    if found is None or found.get("same_model"):
        return None
    ends = [found["low"], found["high"]]
    if isinstance(champion, int | float):
        ends = [end - champion for end in clip_interval(found, metric, champion)]
    low, high = sorted(to_shown(metric, end) for end in ends)
    difference = read_difference(found)
    svg = draw_interval(
        "Difference to production, and its bounds",
        f"{name_metric(metric)}: candidate minus production",
        low,
        to_shown(metric, found["difference"]),
        high,
        limit=to_shown(metric, difference.required) if difference else 0.0,
    )
    return DifferenceChart(svg, _describe(difference, metric))


def _describe(found: Difference | None, metric: str) -> str:
    name = name_metric(metric)
    text = (
        "The dot is the difference on the rows that both models were scored on: "
        f"{name} of the candidate minus {name} of production. "
    )
    worse, better = ("right", "left") if is_error(metric) else ("left", "right")
    if found is None:
        return (
            f"{text}On other rows of this kind it is likely to be within the bar. At the dashed "
            f"line both models are equal; the candidate is better to the {better}."
        )
    required = show_difference(metric, found.required)
    return (
        f"{text}With confidence {found.confidence:g}, the true difference is not to the "
        f"{worse} of the bar. With the same confidence it is not to the {better} of it. "
        f"The dashed line is the required difference, {required}; the candidate is better to the "
        f"{better}."
    )
