"""The chart of all candidates' scores: decisions, rollbacks, and what was in production when."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gatekeeper.pages.difference_chart import clip_interval, recorded_interval
from shared.contract.documents import Decision, Registry
from shared.metric_text import name_metric, to_shown
from shared.reports.score_chart import ScorePoints, draw_scores

if TYPE_CHECKING:
    from markupsafe import Markup


@dataclass(frozen=True)
class ScoreChart:
    """The chart of some decisions in a row, and what it does not draw."""

    metric: str
    svg: "Markup"
    points: ScorePoints
    now: tuple[int, float] | None
    """Version and score in production; None if its score is of another metric."""
    without_score: int
    """The number of candidates that were refused before they had a score."""
    other_metrics: dict[str, int] = field(default_factory=dict)
    """The number of decisions with a score of each other metric."""


def score_chart(decisions: Sequence[Decision], registry: Registry | None) -> ScoreChart | None:
    """Draw *decisions*, newest first; None if no candidate among them has a score.

    The metric is that of the newest candidate with a score: scores of different metrics cannot
    share an axis.
    """
    scored = [each for each in decisions if _score(each) is not None]
    if not scored:
        return None
    metric, newest = scored[0].metric, decisions[0].number
    points = _find_points(list(reversed(decisions)), metric, newest)
    others: dict[str, int] = {}
    for each in scored:
        if each.metric != metric:
            others[each.metric] = others.get(each.metric, 0) + 1
    now = _recorded(registry, metric) if registry else None
    if now is not None:
        points.now.append((newest, to_shown(metric, now)))
    name = name_metric(metric)
    svg = draw_scores(f"{name} of the candidates, by decision", ("decision", name), points)
    return ScoreChart(
        metric,
        svg,
        points,
        (registry.version, now) if registry and now is not None else None,
        sum(each.candidate_id is not None for each in decisions) - len(scored),
        others,
    )


def _find_points(decisions: Sequence[Decision], metric: str, newest: int) -> ScorePoints:
    """Return what is drawn of *decisions*, oldest first."""
    points = ScorePoints()
    for each in decisions:
        score = _score(each) if each.metric == metric else None
        if score is not None:
            kind = points.promoted if each.registry else points.others
            kind.append((each.number, to_shown(metric, score)))
            points.intervals.extend(_interval(each, metric))
        if each.registry is None:
            continue
        points.end_production(each.number)
        recorded = _recorded(each.registry, metric)
        if recorded is None:
            continue
        shown = to_shown(metric, recorded)
        points.production.append((each.number, newest, shown))
        if each.outcome == "rolled_back":
            points.rollbacks.append((each.number, shown))
    return points


def _interval(decision: Decision, metric: str) -> list[tuple[float, float, float]]:
    found, champion = recorded_interval(decision.checks), decision.scores.get("champion")
    if found is None or not isinstance(champion, int | float):
        return []
    low, high = sorted(to_shown(metric, end) for end in clip_interval(found, metric, champion))
    return [(decision.number, low, high)]


def _score(decision: Decision) -> float | None:
    found = decision.scores.get("challenger")
    return found if isinstance(found, int | float) else None


def _recorded(registry: Registry, metric: str) -> float | None:
    return registry.metrics.get(metric) if registry.metric == metric else None
